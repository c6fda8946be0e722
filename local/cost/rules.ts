import type { CapturedResource } from "../render/capture.js";
import { allHours, type Charge } from "./charge.js";
import type { PriceList } from "./priceList.js";
import { volumeCharges } from "./volumes.js";

/** What a rule may look at beside the resource itself. */
export interface RuleContext {
  /** Everything that the resource comes after, directly. */
  dependencies: readonly CapturedResource[];
  /** Name of the component that has the resource. */
  component: string;
  list: PriceList;
}

/** What AWS bills for a resource. */
export type Rule = (inputs: Record<string, unknown>, context: RuleContext) => Charge[];

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

/** An amount that is assumed for each resource. */
const assumed = ({ assumptions }: PriceList, name: string, price = name, times = 1): Charge => {
  const amount = assumptions[name]?.amount;
  return { price, amount: amount === undefined ? undefined : amount * times, assumed: true };
};

/** Types of resources that are on AWS's bill, by what they are billed by. */
export const billed: Readonly<Record<string, Rule>> = {
  "aws:cloudwatch/logGroup:LogGroup": ({ retentionInDays }, { component, list }) => {
    const months = Number(retentionInDays) / (365 / 12);
    const logs = `logs of ${component}`;
    return [assumed(list, logs, "log intake"), assumed(list, logs, "log storage", months)];
  },
  "aws:ec2/eip:Eip": () => [allHours("public IPv4 address")],
  "aws:ec2/flowLog:FlowLog": ({ logDestinationType = "cloud-watch-logs", destinationOptions }, { list }) => {
    const { fileFormat } = (destinationOptions ?? {}) as { fileFormat?: string };
    const delivery = logDestinationType === "s3" ? "flow logs to S3" : `flow logs to ${String(logDestinationType)}`;
    return [
      assumed(list, "flow logs", delivery),
      ...(fileFormat === "parquet" ? [assumed(list, "flow logs", "flow logs as Parquet")] : []),
    ];
  },
  "aws:ec2/natGateway:NatGateway": (_, { list }) => [allHours("NAT gateway"), assumed(list, "NAT gateway traffic")],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ vpcEndpointType, subnetIds }, { list }) =>
    // Gateways, which is what an endpoint is by default, cost nothing.
    vpcEndpointType === "Interface"
      ? [allHours("interface endpoint", lengthOf(subnetIds)), assumed(list, "interface endpoint traffic")]
      : [],
  // Traffic within a zone is free; both sides pay for the rest.
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ({ region, peerRegion }, { list }) =>
    peerRegion === undefined || peerRegion === region
      ? [assumed(list, "traffic of a link", "traffic between zones", 2)]
      : [assumed(list, "traffic of a link", "traffic between regions")],
  "aws:eks/cluster:Cluster": () => [allHours("EKS control plane")],
  "aws:eks/nodeGroup:NodeGroup": (inputs, { dependencies, list }) => {
    const { desiredSize } = inputs.scalingConfig as { desiredSize: number };
    const [type = "of no type"] = inputs.instanceTypes as string[];
    const kind = inputs.capacityType === "SPOT" ? "spot instance" : "instance";
    return [allHours(`${kind} ${type}`, desiredSize), ...templateCharges(dependencies, desiredSize, list)];
  },
  "aws:kms/key:Key": (_, { list }) => [{ price: "KMS key", amount: 1 }, assumed(list, "KMS requests")],
  "aws:lb/loadBalancer:LoadBalancer": ({ loadBalancerType, internal, subnets }, { list }) => [
    allHours(`${String(loadBalancerType)} load balancer`),
    assumed(list, `${String(loadBalancerType)} load balancer capacity`),
    ...(internal === true
      ? []
      : [allHours("public IPv4 address", lengthOf(subnets)), assumed(list, "traffic to the Internet")]),
  ],
  "aws:route53/healthCheck:HealthCheck": ({ type, requestInterval, measureLatency }) => {
    const features = [
      String(type).startsWith("HTTPS"),
      String(type).endsWith("STR_MATCH"),
      requestInterval === 10,
      measureLatency === true,
    ].filter((has) => has).length;
    return [
      { price: "health check", amount: 1 },
      { price: "health check feature", amount: features },
    ];
  },
  "aws:route53/zone:Zone": (_, { list }) => [{ price: "hosted zone", amount: 1 }, assumed(list, "DNS queries")],
  "aws:s3/bucket:Bucket": (_, { component, list }) => {
    const { class: price = `S3 bucket of ${component}`, gigabytes } = list.buckets[component] ?? {};
    return [{ price, amount: gigabytes, assumed: true }];
  },
};

/** Disks and metrics of nodes, by the launch template of their group. */
function templateCharges(dependencies: readonly CapturedResource[], nodes: number, list: PriceList): Charge[] {
  const template = dependencies.find(({ type }) => type === "aws:ec2/launchTemplate:LaunchTemplate");
  const { blockDeviceMappings = [], monitoring } = (template?.inputs ?? {}) as {
    blockDeviceMappings?: { ebs: { volumeType: string; volumeSize: number; iops?: number; throughput?: number } }[];
    monitoring?: { enabled?: boolean };
  };
  return [
    ...blockDeviceMappings.flatMap(({ ebs: { volumeType, volumeSize, ...more } }) =>
      volumeCharges({ type: volumeType, size: volumeSize, ...more }, nodes),
    ),
    ...(monitoring?.enabled === true ? [assumed(list, "metrics of a node", "metric", nodes)] : []),
  ];
}

/**
 * Types of resources that are not on the bill by themselves: what they do is billed with another resource, or not at all.
 */
export const free: ReadonlySet<string> = new Set([
  "aws:ec2/defaultRouteTable:DefaultRouteTable",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/launchTemplate:LaunchTemplate",
  "aws:ec2/route:Route",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
  "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
  "aws:eks/accessEntry:AccessEntry",
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  "aws:eks/addon:Addon",
  "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:iam/securityTokenServicePreferences:SecurityTokenServicePreferences",
  "aws:kms/alias:Alias",
  "aws:lb/listener:Listener",
  "aws:lb/targetGroup:TargetGroup",
  "aws:route53/record:Record",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  // The copies are in the bucket that they go to; requests are left out of all buckets.
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
]);
