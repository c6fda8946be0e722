import { costTags } from "../../../policy/rules/costTags.js";
import { databasePrivate } from "../../../policy/rules/databasePrivate.js";
import { eksAccess } from "../../../policy/rules/eksAccess.js";
import { eksEndpoint } from "../../../policy/rules/eksEndpoint.js";
import { eksLogs } from "../../../policy/rules/eksLogs.js";
import { eksSecretsEncrypted } from "../../../policy/rules/eksSecretsEncrypted.js";
import { iamLeastPrivilege } from "../../../policy/rules/iamLeastPrivilege.js";
import { imdsv2 } from "../../../policy/rules/imdsv2.js";
import { kmsRotation } from "../../../policy/rules/kmsRotation.js";
import { privateNodes } from "../../../policy/rules/privateNodes.js";
import { registryImmutable } from "../../../policy/rules/registryImmutable.js";
import { securityGroupOpen } from "../../../policy/rules/securityGroupOpen.js";
import { notKnown, type Value } from "../../../policy/model/value.js";
import { casesOf, type RuleCases } from "./cases.js";
import { but } from "./change.js";
import { urnOf, type Given } from "./inputs.js";

const cluster: Given = {
  type: "aws:eks/cluster:Cluster",
  inputs: {
    version: "1.35",
    vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false, subnetIds: notKnown },
    encryptionConfig: { provider: { keyArn: notKnown }, resources: ["secrets"] },
    enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
    tags: { city: "jakarta", system: "nusantara" },
  },
};
const subnet = (name: string, zone: string): Given => ({
  type: "aws:ec2/subnet:Subnet",
  name,
  inputs: { availabilityZone: zone, mapPublicIpOnLaunch: false },
});
const [a, b] = [subnet("a", "ap-southeast-3a"), subnet("b", "ap-southeast-3b")];
const nodeGroup: Given = {
  type: "aws:eks/nodeGroup:NodeGroup",
  dependencies: [urnOf(a), urnOf(b)],
  inputs: { subnetIds: notKnown, launchTemplate: { id: notKnown, version: notKnown } },
};
const launchTemplate: Given = {
  type: "aws:ec2/launchTemplate:LaunchTemplate",
  inputs: { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 } },
};
const association: Given = {
  type: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  name: "operators",
  inputs: { policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy" },
};
const securityGroup: Given = {
  type: "aws:ec2/securityGroup:SecurityGroup",
  inputs: { ingress: [{ fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }] },
};
const groupRule: Given = {
  type: "aws:ec2/securityGroupRule:SecurityGroupRule",
  inputs: { type: "ingress", fromPort: 22, toPort: 22, cidrBlocks: ["10.0.0.0/8"] },
};
const ingressRule: Given = {
  type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  inputs: { fromPort: 5432, toPort: 5432, cidrIpv4: "10.0.0.0/8" },
};
const key: Given = { type: "aws:kms/key:Key", inputs: { enableKeyRotation: true } };
const registry: Given = {
  type: "aws:ecr/repository:Repository",
  inputs: { imageTagMutability: "IMMUTABLE", imageScanningConfiguration: { scanOnPush: true } },
};
const database: Given = {
  type: "aws:rds/instance:Instance",
  inputs: { publiclyAccessible: false, deletionProtection: true, skipFinalSnapshot: false },
};
const documentOf = (statement: unknown): string => JSON.stringify({ Version: "2012-10-17", Statement: statement });
const policyOf = (statement: unknown): Given => ({
  type: "aws:iam/policy:Policy",
  inputs: { policy: documentOf(statement) },
});
const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } };
const role: Given = { type: "aws:iam/role:Role", inputs: { assumeRolePolicy: documentOf(trust) } };
const ofBucket = "arn:aws:s3:::backups/*";
const attachedArn = (name: string): string => `arn:aws:iam::aws:policy/${name}`;
const attached = (name: string): Given => ({
  type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  inputs: { policyArn: attachedArn(name) },
});
const open: Value = ["0.0.0.0/0"];

export const amazon: readonly RuleCases[] = [
  casesOf({
    rule: eksEndpoint,
    given: cluster,
    good: [
      {
        name: "public for a few",
        given: but(but(cluster, "vpcConfig.endpointPublicAccess", true), "vpcConfig.publicAccessCidrs", [
          "192.0.2.0/24",
        ]),
      },
    ],
    faults: {
      "public by default": { "vpcConfig.endpointPublicAccess": undefined },
      "public for all": { "vpcConfig.endpointPublicAccess": true, "vpcConfig.publicAccessCidrs": open },
      "not private": { "vpcConfig.endpointPrivateAccess": undefined },
    },
    unknown: ["vpcConfig", "vpcConfig.endpointPublicAccess"],
  }),
  casesOf({
    rule: eksSecretsEncrypted,
    given: cluster,
    faults: {
      "not said": { encryptionConfig: undefined },
      "no key": { "encryptionConfig.provider": {} },
      "not of secrets": { "encryptionConfig.resources": [] },
    },
    unknown: ["encryptionConfig", "encryptionConfig.resources"],
  }),
  casesOf({
    rule: eksLogs,
    given: cluster,
    faults: { none: { enabledClusterLogTypes: undefined }, some: { enabledClusterLogTypes: ["api"] } },
    unknown: ["enabledClusterLogTypes"],
  }),
  casesOf({
    rule: eksAccess,
    given: cluster,
    good: [
      { name: "a right to look", given: association },
      {
        name: "a named administrator",
        given: but(association, "policyArn", "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"),
        parameters: { administrators: ["operators"] },
      },
    ],
    faults: {
      "aws-auth": { "accessConfig.authenticationMode": "API_AND_CONFIG_MAP" },
      "its maker": { "accessConfig.bootstrapClusterCreatorAdminPermissions": undefined },
    },
    bad: [
      {
        name: "an administrator",
        given: but(association, "policyArn", "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"),
      },
    ],
    unknown: ["accessConfig", "accessConfig.authenticationMode"],
  }),
  casesOf({
    rule: privateNodes,
    given: nodeGroup,
    beside: [a, b],
    good: [
      { name: "a launch template", given: launchTemplate },
      {
        name: "one of a set over the zones",
        given: { ...nodeGroup, name: "one", dependencies: [urnOf(a)] },
        beside: [a, b, { ...nodeGroup, name: "other", dependencies: [urnOf(b)] }],
        parameters: { zonal: ["one", "other"] },
      },
    ],
    faults: { SSH: { remoteAccess: { ec2SshKey: "key" } } },
    bad: [
      {
        name: "a set in one zone",
        given: { ...nodeGroup, name: "one", dependencies: [urnOf(a)] },
        beside: [a, { ...nodeGroup, name: "other", dependencies: [urnOf(a)] }],
        parameters: { zonal: ["one", "other"] },
      },
      { name: "one zone", given: nodeGroup, beside: [a, subnet("b", "ap-southeast-3a")] },
      { name: "public subnets", given: nodeGroup, beside: [a, but(b, "mapPublicIpOnLaunch", true)] },
      { name: "subnets of somebody else", given: { ...nodeGroup, dependencies: [] }, beside: [a, b] },
      {
        name: "a public address",
        given: but(launchTemplate, "networkInterfaces", [{ associatePublicIpAddress: "true" }]),
      },
      {
        name: "a machine with a public address",
        given: { type: "aws:ec2/instance:Instance", inputs: { associatePublicIpAddress: true } },
      },
    ],
    unknownBeside: [
      { name: "a subnet's zone", given: nodeGroup, beside: [a, but(b, "availabilityZone", notKnown)] },
      { name: "what a subnet hands out", given: nodeGroup, beside: [a, but(b, "mapPublicIpOnLaunch", notKnown)] },
    ],
  }),
  casesOf({
    rule: imdsv2,
    given: launchTemplate,
    good: [
      { name: "a group with a template", given: nodeGroup },
      { name: "no service at all", given: but(launchTemplate, "metadataOptions", { httpEndpoint: "disabled" }) },
    ],
    faults: {
      "the first version": { "metadataOptions.httpTokens": "optional" },
      "two hops": { "metadataOptions.httpPutResponseHopLimit": 2 },
      "not said": { metadataOptions: undefined },
    },
    bad: [{ name: "a group without a template", given: but(nodeGroup, "launchTemplate", undefined) }],
    unknown: ["metadataOptions", "metadataOptions.httpTokens"],
  }),
  casesOf({
    rule: securityGroupOpen,
    given: securityGroup,
    good: [
      { name: "a rule for a range", given: groupRule },
      { name: "a rule to go out", given: but(but(groupRule, "type", "egress"), "cidrBlocks", open) },
      { name: "a rule of its own for a range", given: ingressRule },
    ],
    faults: {
      SSH: { "ingress.0.fromPort": 22, "ingress.0.toPort": 22 },
      "a range of ports": { "ingress.0.fromPort": 80 },
      IPv6: { "ingress.0": { fromPort: 22, toPort: 22, ipv6CidrBlocks: ["::/0"] } },
    },
    bad: [
      { name: "a rule for all", given: but(groupRule, "cidrBlocks", open) },
      { name: "a rule of its own for all", given: but(ingressRule, "cidrIpv4", "0.0.0.0/0") },
    ],
    unknown: ["ingress", "ingress.0.cidrBlocks", "ingress.0.fromPort"],
  }),
  casesOf({
    rule: kmsRotation,
    given: key,
    good: [
      { name: "a key that signs", given: but(but(key, "keyUsage", "SIGN_VERIFY"), "enableKeyRotation", undefined) },
    ],
    faults: { "never rotated": { enableKeyRotation: undefined }, "gone in a week": { deletionWindowInDays: 7 } },
    unknown: ["enableKeyRotation", "deletionWindowInDays"],
  }),
  casesOf({
    rule: registryImmutable,
    given: registry,
    faults: {
      "tags that move": { imageTagMutability: undefined },
      "not scanned": { imageScanningConfiguration: undefined },
      "deleted with its images": { forceDelete: true },
    },
    unknown: ["imageTagMutability", "imageScanningConfiguration"],
  }),
  casesOf({
    rule: databasePrivate,
    given: database,
    good: [{ name: "a member", given: { type: "aws:rds/clusterInstance:ClusterInstance", inputs: {} } }],
    faults: {
      "a public address": { publiclyAccessible: true },
      "may be deleted": { deletionProtection: undefined },
      "without a last snapshot": { skipFinalSnapshot: true },
    },
    unknown: ["publiclyAccessible", "deletionProtection"],
  }),
  casesOf({
    rule: iamLeastPrivilege,
    given: policyOf([{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ofBucket }]),
    good: [
      { name: "a refusal", given: policyOf({ Effect: "Deny", Action: "*", Resource: "*" }) },
      {
        name: "an action without a resource",
        given: policyOf({ Effect: "Allow", Action: "ec2:DescribeSubnets", Resource: "*" }),
      },
      { name: "a policy of AWS", given: attached("AmazonEKSWorkerNodePolicy") },
      { name: "a role of a service", given: role },
      {
        name: "a role for every account of an organisation",
        given: but(
          role,
          "assumeRolePolicy",
          documentOf({ ...trust, Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
        ),
      },
    ],
    bad: [
      { name: "everything", given: policyOf({ Effect: "Allow", Action: "*", Resource: ofBucket }) },
      { name: "all of a service", given: policyOf({ Effect: "Allow", Action: ["s3:*"], Resource: ofBucket }) },
      { name: "on everything", given: policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }) },
      { name: "all but something", given: policyOf({ Effect: "Allow", NotAction: "iam:*", Resource: ofBucket }) },
      {
        name: "on all but something",
        given: policyOf({ Effect: "Allow", Action: "s3:GetObject", NotResource: ofBucket }),
      },
      { name: "no policy", given: { type: "aws:iam/policy:Policy", inputs: { policy: "{" } } },
      { name: "an administrator", given: attached("AdministratorAccess") },
      {
        name: "a role of an administrator",
        given: but(role, "managedPolicyArns", [attachedArn("AdministratorAccess")]),
      },
      {
        name: "a role with everything of its own",
        given: but(role, "inlinePolicies", [
          { policy: documentOf({ Effect: "Allow", Action: "*", Resource: ofBucket }) },
        ]),
      },
      {
        name: "a role for everybody",
        given: but(role, "assumeRolePolicy", documentOf({ ...trust, Principal: "*" })),
      },
      {
        name: "a role for every account",
        given: but(role, "assumeRolePolicy", documentOf({ ...trust, Principal: { AWS: ["*"] } })),
      },
    ],
    unknown: ["policy"],
    unknownBeside: [
      { name: "whom a role is for", given: but(role, "assumeRolePolicy", notKnown) },
      { name: "what a role has", given: but(role, "managedPolicyArns", notKnown) },
    ],
  }),
  casesOf({
    rule: costTags,
    given: cluster,
    good: [
      { name: "of the provider", given: but(but(cluster, "tagsAll", { city: "", system: "" }), "tags", undefined) },
    ],
    faults: { none: { tags: undefined }, some: { "tags.system": undefined } },
    unknown: ["tags"],
  }),
];
