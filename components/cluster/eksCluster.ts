import * as cloudwatch from "@pulumi/aws/cloudwatch/index.js";
import * as eks from "@pulumi/aws/eks/index.js";
import * as iam from "@pulumi/aws/iam/index.js";
import * as vpc from "@pulumi/aws/vpc/index.js";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { registerRole, serviceTrust } from "../aws/index.js";
import { addonsAfterNodes, addonsBeforeNodes, type AddonVersions } from "./eksAddons.js";
import { kubeconfig } from "./kubeconfig.js";
import { NodePool, type NodePoolArgs } from "./nodePool.js";

/** A pool as the cluster is told of it; the rest it knows itself. */
export type PoolArgs = Omit<
  NodePoolArgs,
  "clusterName" | "kubernetesVersion" | "nodeRoleArn" | "zones" | "volumeKeyArn" | "tags" | "poolName"
>;

export interface EksClusterArgs {
  /** The city that the cluster serves. */
  city: string;
  /** Name in AWS, unique in account and region. */
  clusterName: string;
  /** Twelve digits. */
  accountId: string;
  region: string;
  /** Minor of Kubernetes, e.g. `1.35`. An upgrade takes one minor at a time. */
  kubernetesVersion: string;
  /** `STANDARD` upgrades by itself when the support of the version ends, `EXTENDED` goes on and costs more. */
  supportType: "STANDARD" | "EXTENDED";
  /** ARNs of the IAM roles that administer the cluster; the one that runs this program must be among them. */
  administrators: readonly string[];
  /** Ranges that reach the API server over the Internet; none keeps it private. */
  publicAccessCidrs: readonly string[];
  /** Private ranges outside the cluster that reach the API server's private address. */
  privateAccessCidrs: readonly string[];
  /** Range of Services, /12 to /24. It can't be changed. */
  services: string;
  /** Letters of the availability zones. */
  zones: readonly string[];
  /** Ids in the order of the zones. */
  subnetIds: Readonly<Record<"nodes" | "controlPlane" | "pods", readonly pulumi.Input<string>[]>>;
  /** What nodes need to reach anything. */
  ways: readonly pulumi.Resource[];
  /** Keys for what the cluster stores: Secrets, disks, and logs. */
  keys: Readonly<Record<"secrets" | "volumes" | "logs", pulumi.Input<string>>>;
  /** Days that the log of the control plane is kept; the audit log is part of it (M21). */
  logRetentionDays: number;
  addonVersions: AddonVersions;
  /** Pools by name. */
  pools: Readonly<Record<string, PoolArgs>>;
  /** Tags for what AWS and its controllers make on behalf of the cluster, out of the reach of the provider's own. */
  tags: Readonly<Record<string, string>>;
  /** Whether AWS and the engine refuse to delete the cluster. */
  protect: boolean;
}

/** What the control plane writes down: everything there is (EKS user guide, "Send control plane logs to CloudWatch Logs"). */
const logTypes = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

const administratorPolicy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

/**
 * An EKS cluster with its nodes and the add-ons that make it usable, in the only order that works: the network plugin's
 * settings before the first node, what runs on nodes after them (M1).
 */
export class EksCluster extends pulumi.ComponentResource {
  /** The provider that every Kubernetes object of the city must use. Its objects come after the nodes and go before them. */
  readonly provider: kubernetes.Provider;
  /** The context that `aws eks update-kubeconfig --alias` is told to write. */
  readonly context: string;
  readonly arn: pulumi.Output<string>;
  /** Group of nodes, pods and the control plane's network interfaces. */
  readonly securityGroupId: pulumi.Output<string>;
  /** Who vouches for service accounts. */
  readonly tokenIssuer: pulumi.Output<{ arn: string; name: string }>;

  constructor(name: string, args: EksClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:cluster:EksCluster", name, {}, opts);
    const parent = { parent: this };
    const { clusterName } = args;
    this.context = clusterName;

    const role = registerRole(
      `${name}-control-plane`,
      {
        roleName: `${clusterName}-control-plane`,
        trust: serviceTrust("eks.amazonaws.com"),
        managedPolicies: ["AmazonEKSClusterPolicy"],
        // AWS's own policy knows nothing of a key of ours (EKS user guide, "Encrypt Kubernetes secrets with KMS").
        statements: [
          {
            Sid: "Secrets",
            Effect: "Allow",
            Action: ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
            Resource: args.keys.secrets,
          },
        ],
      },
      parent,
    );
    // EKS makes the group itself where there is none, without a key and for ever.
    const logGroup = new cloudwatch.LogGroup(
      `${name}-logs`,
      {
        name: logGroupName(clusterName),
        kmsKeyId: args.keys.logs,
        retentionInDays: args.logRetentionDays,
        tags: { Name: clusterName },
      },
      parent,
    );
    const cluster = new eks.Cluster(
      `${name}-cluster`,
      {
        name: clusterName,
        version: args.kubernetesVersion,
        roleArn: role.arn,
        // The managed add-ons below take their place.
        bootstrapSelfManagedAddons: false,
        deletionProtection: args.protect,
        upgradePolicy: { supportType: args.supportType },
        zonalShiftConfig: { enabled: true },
        kubernetesNetworkConfig: { ipFamily: "ipv4", serviceIpv4Cidr: args.services },
        vpcConfig: {
          subnetIds: [...args.subnetIds.controlPlane],
          endpointPrivateAccess: true,
          endpointPublicAccess: args.publicAccessCidrs.length > 0,
          ...(args.publicAccessCidrs.length > 0 && { publicAccessCidrs: [...args.publicAccessCidrs] }),
        },
        encryptionConfig: { provider: { keyArn: args.keys.secrets }, resources: ["secrets"] },
        enabledClusterLogTypes: logTypes,
        accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
        tags: { Name: clusterName },
      },
      {
        parent: this,
        protect: args.protect,
        dependsOn: [...role.attachments, logGroup, ...args.ways],
        // Both are read at creation only, and AWS does not give them back: a difference would replace the cluster.
        ignoreChanges: ["accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons"],
      },
    );
    this.arn = cluster.arn;
    this.securityGroupId = cluster.vpcConfig.clusterSecurityGroupId;
    const callers = args.privateAccessCidrs.map(
      (range) =>
        new vpc.SecurityGroupIngressRule(
          `${name}-api-from-${range.replace("/", "-")}`,
          {
            securityGroupId: this.securityGroupId,
            ipProtocol: "tcp",
            fromPort: 443,
            toPort: 443,
            cidrIpv4: range,
            description: "Administrators to the API server",
            tags: { Name: clusterName },
          },
          parent,
        ),
    );
    const access = args.administrators.flatMap((principalArn) => {
      const entryName = `${name}-administrator-${principalArn.split("/").at(-1) ?? ""}`;
      const entry = new eks.AccessEntry(
        entryName,
        { clusterName: cluster.name, principalArn, type: "STANDARD", tags: { Name: clusterName } },
        parent,
      );
      return [
        entry,
        new eks.AccessPolicyAssociation(
          entryName,
          { clusterName: cluster.name, principalArn, policyArn: administratorPolicy, accessScope: { type: "cluster" } },
          { parent: this, dependsOn: [entry] },
        ),
      ];
    });
    this.tokenIssuer = this.registerTokenIssuer(name, cluster, clusterName);

    const addon = {
      clusterName: cluster.name,
      clusterArn: cluster.arn,
      rolePrefix: clusterName,
      accountId: args.accountId,
      region: args.region,
      versions: args.addonVersions,
      tags: args.tags,
    };
    const before = addonsBeforeNodes(
      name,
      {
        ...addon,
        podSubnets: args.zones.map((zone, index) => ({
          zone: `${args.region}${zone}`,
          subnetId: args.subnetIds.pods[index] ?? "",
        })),
        securityGroupId: this.securityGroupId,
      },
      parent,
    );
    const nodeRole = registerRole(
      `${name}-nodes`,
      {
        roleName: `${clusterName}-nodes`,
        trust: serviceTrust("ec2.amazonaws.com"),
        // Session Manager is the only way to a node: there are no SSH keys.
        managedPolicies: [
          "AmazonEKSWorkerNodePolicy",
          "AmazonEC2ContainerRegistryPullOnly",
          "AmazonSSMManagedInstanceCore",
        ],
      },
      parent,
    );
    const zones = args.zones.map((zone, index) => ({ zone, subnetId: args.subnetIds.nodes[index] ?? "" }));
    const pools = Object.entries(args.pools).map(
      ([poolName, pool]) =>
        new NodePool(
          `${name}-${poolName}`,
          {
            ...pool,
            poolName,
            clusterName: cluster.name,
            kubernetesVersion: args.kubernetesVersion,
            nodeRoleArn: nodeRole.arn,
            zones,
            volumeKeyArn: args.keys.volumes,
            tags: args.tags,
          },
          { parent: this, dependsOn: [...before, ...nodeRole.attachments, ...args.ways] },
        ),
    );
    const after = addonsAfterNodes(
      name,
      { ...addon, volumeKeyArn: args.keys.volumes },
      { parent: this, dependsOn: pools },
    );

    this.provider = new kubernetes.Provider(
      `${name}-provider`,
      {
        kubeconfig: pulumi
          .all([cluster.endpoint, cluster.certificateAuthority.data])
          .apply(([endpoint, certificateAuthority]) =>
            kubeconfig({ clusterName, region: args.region, endpoint, certificateAuthority }),
          ),
        // Without it a new certificate or address of the control plane would replace the provider, and with it everything.
        clusterIdentifier: `nusantara-${args.city}`,
        enableServerSideApply: true,
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { parent: this, dependsOn: [...access, ...callers, ...pools, ...after] },
    );
    this.registerOutputs({ context: this.context, arn: this.arn });
  }

  private registerTokenIssuer(
    name: string,
    cluster: eks.Cluster,
    clusterName: string,
  ): pulumi.Output<{ arn: string; name: string }> {
    const url = cluster.identities.apply((identities) => {
      const issuer = identities[0]?.oidcs[0]?.issuer;
      if (issuer === undefined) throw new Error(`cluster ${clusterName} names no OIDC issuer`);
      return issuer;
    });
    const provider = new iam.OpenIdConnectProvider(
      `${name}-token-issuer`,
      { url, clientIdLists: ["sts.amazonaws.com"], tags: { Name: clusterName } },
      { parent: this },
    );
    return pulumi.all([provider.arn, url]).apply(([arn, issuer]) => ({ arn, name: issuer.replace("https://", "") }));
  }
}

/** Group in CloudWatch Logs that EKS writes a cluster's log to; the name is EKS's. */
export const logGroupName = (clusterName: string): string => `/aws/eks/${clusterName}/cluster`;
