import * as eks from "@pulumi/aws/eks/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { jsonStringify } from "@pulumi/pulumi";
import { podIdentityTrust, registerRole, type Statement } from "../aws/index.js";
import { vpcCniConfiguration, type PodSubnet } from "./vpcCniConfiguration.js";

/** Add-ons that must be there before the first node: its network, Services, and identities of pods. */
export const beforeNodes = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"] as const;
/** Add-ons that run as Deployments and never become active without nodes. */
export const afterNodes = ["coredns", "aws-ebs-csi-driver", "snapshot-controller", "metrics-server"] as const;

export type AddonName = (typeof beforeNodes)[number] | (typeof afterNodes)[number];
export type AddonVersions = Readonly<Record<AddonName, string>>;

interface AddonsArgs {
  clusterName: pulumi.Input<string>;
  clusterArn: pulumi.Input<string>;
  /** What the names of the add-ons' roles begin with. */
  rolePrefix: string;
  accountId: string;
  region: string;
  versions: AddonVersions;
  /** For volumes that the EBS driver makes. */
  tags: Readonly<Record<string, string>>;
}

interface AddonSettings {
  /** As the add-on's own schema has it. */
  configuration?: pulumi.Input<unknown>;
  /** The service account that gets a role, with what the role may do. */
  identity?: { serviceAccount: string; managedPolicies: readonly string[]; statements?: readonly Statement[] };
}

/** Registers add-ons in pinned versions; their settings win over whatever somebody changed by hand. */
function register(
  name: string,
  args: AddonsArgs,
  addonNames: readonly AddonName[],
  settings: Readonly<Partial<Record<AddonName, AddonSettings>>>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return addonNames.map((addonName) => {
    const { configuration, identity } = settings[addonName] ?? {};
    const role =
      identity &&
      registerRole(
        `${name}-${addonName}`,
        {
          ...identity,
          roleName: `${args.rolePrefix}-${addonName}`,
          trust: podIdentityTrust(args.accountId, args.clusterArn),
        },
        opts,
      );
    return new eks.Addon(
      `${name}-${addonName}`,
      {
        clusterName: args.clusterName,
        addonName,
        addonVersion: args.versions[addonName],
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
        preserve: false,
        ...(configuration !== undefined && { configurationValues: jsonStringify(configuration) }),
        ...(role && {
          podIdentityAssociations: [{ serviceAccount: identity.serviceAccount, roleArn: role.arn }],
        }),
        tags: { Name: addonName },
      },
      role ? { ...opts, dependsOn: [...dependenciesOf(opts), ...role.attachments] } : opts,
    );
  });
}

const dependenciesOf = ({ dependsOn }: pulumi.CustomResourceOptions): pulumi.Input<pulumi.Resource>[] =>
  dependsOn === undefined ? [] : Array.isArray(dependsOn) ? dependsOn : [dependsOn as pulumi.Resource];

export const addonsBeforeNodes = (
  name: string,
  args: AddonsArgs & { podSubnets: readonly PodSubnet[]; securityGroupId: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] =>
  register(
    name,
    args,
    beforeNodes,
    {
      "vpc-cni": {
        configuration: vpcCniConfiguration(args),
        identity: { serviceAccount: "aws-node", managedPolicies: ["AmazonEKS_CNI_Policy"] },
      },
    },
    opts,
  );

export const addonsAfterNodes = (
  name: string,
  args: AddonsArgs & { volumeKeyArn: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] =>
  register(
    name,
    args,
    afterNodes,
    {
      // EKS user guide, "Scale CoreDNS Pods for high DNS traffic".
      coredns: { configuration: { autoScaling: { enabled: true, minReplicas: 2, maxReplicas: 10 } } },
      "aws-ebs-csi-driver": {
        configuration: { controller: { extraVolumeTags: { ...args.tags } } },
        identity: {
          serviceAccount: "ebs-csi-controller-sa",
          managedPolicies: ["AmazonEBSCSIDriverPolicyV2"],
          statements: volumeKeyStatements(args.volumeKeyArn),
        },
      },
    },
    opts,
  );

/** What the EBS driver needs of a key of ours. Source: aws-ebs-csi-driver, "Install", on encryption with KMS. */
const volumeKeyStatements = (keyArn: pulumi.Input<string>): Statement[] => [
  {
    Sid: "VolumeKeyGrants",
    Effect: "Allow",
    Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
    Resource: keyArn,
    Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
  },
  {
    Sid: "VolumeKeyUse",
    Effect: "Allow",
    Action: [
      "kms:Encrypt",
      "kms:Decrypt",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:DescribeKey",
    ],
    Resource: keyArn,
  },
];
