import { bytes } from "../../components/kubernetes/index.js";
import { sizeOfType } from "../../stacks/instanceTypes.js";
import type { CapturedResource } from "../render/capture.js";
import type { QuotaName } from "./catalogue.js";

/** What the stacks need of a quota in a region. */
export interface Need {
  region: string;
  quota: QuotaName;
  value: number;
}

/** Two stacks add up, or the quota is one for each VPC, cluster or zone and the largest counts. */
type Sum = "total" | "largest";

/** One amount that counts against a quota; those of one `of` add up first. */
interface Amount {
  quota: QuotaName;
  region: string;
  sum: Sum;
  of: string;
  value: number;
}

/**
 * What the stacks need of every quota, over all regions that they are in. Nodes are counted at the most that the autoscaler
 * may make, and with the ones that an update of a city's node groups starts beside the old ones; cities are updated one
 * after the other.
 */
export function needsOf(stacks: Readonly<Record<string, readonly CapturedResource[]>>): Need[] {
  const amounts = Object.entries(stacks).flatMap(([stack, resources]) => amountsOf(stack, resources));
  const surges = Object.entries(stacks).flatMap(([stack, resources]) => surgesOf(stack, resources));
  const steady = combine(amounts);
  const surge = combine(surges);
  return steady.map((need) => ({
    ...need,
    value: need.value + (surge.find(({ quota, region }) => quota === need.quota && region === need.region)?.value ?? 0),
  }));
}

function combine(amounts: readonly Amount[]): Need[] {
  const sums = new Map<string, { need: Need; sum: Sum; byOwner: Map<string, number> }>();
  for (const { quota, region, sum, of, value } of amounts) {
    const key = `${region} ${quota}`;
    const entry = sums.get(key) ?? { need: { region, quota, value: 0 }, sum, byOwner: new Map<string, number>() };
    entry.byOwner.set(of, (entry.byOwner.get(of) ?? 0) + value);
    sums.set(key, entry);
  }
  return [...sums.values()].map(({ need, sum, byOwner }) => {
    const values = [...byOwner.values()];
    return { ...need, value: sum === "total" ? values.reduce((a, b) => a + b, 0) : Math.max(...values) };
  });
}

const ofType = (resources: readonly CapturedResource[], type: string): CapturedResource[] =>
  resources.filter((resource) => resource.type === type);

/** The id that a render gives a resource. */
const idOf = ({ name }: CapturedResource): string => `${name}-id`;

/** Types that count one each, and what of. Where the quota is one for each VPC or cluster, a stack has one of those. */
const counted: readonly { type: string; quota: QuotaName; sum: Sum; of?: (resource: CapturedResource) => string[] }[] =
  [
    { type: "aws:ec2/eip:Eip", quota: "addresses", sum: "total" },
    { type: "aws:ec2/vpc:Vpc", quota: "networks", sum: "total" },
    { type: "aws:ec2/internetGateway:InternetGateway", quota: "internetGateways", sum: "total" },
    { type: "aws:ec2/vpc:Vpc", quota: "ranges", sum: "largest" },
    { type: "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", quota: "ranges", sum: "largest" },
    { type: "aws:ec2/subnet:Subnet", quota: "subnets", sum: "largest" },
    {
      type: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
      quota: "peerings",
      sum: "largest",
      of: ({ inputs }) => [String(inputs.vpcId), String(inputs.peerVpcId)],
    },
    {
      type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      quota: "rules",
      sum: "largest",
      of: ({ inputs }) => [String(inputs.securityGroupId)],
    },
    { type: "aws:lb/loadBalancer:LoadBalancer", quota: "loadBalancers", sum: "total" },
    { type: "aws:eks/cluster:Cluster", quota: "clusters", sum: "total" },
    { type: "aws:eks/nodeGroup:NodeGroup", quota: "nodeGroups", sum: "largest" },
  ];

function amountsOf(stack: string, resources: readonly CapturedResource[]): Amount[] {
  const regionOf = regionsOf(resources);
  const ones = counted.flatMap(({ type, quota, sum, of = () => [stack] }) =>
    ofType(resources, type).flatMap((resource) =>
      of(resource).map((owner): Amount => ({ quota, region: regionOf(resource), sum, of: owner, value: 1 })),
    ),
  );
  const endpoints = ofType(resources, "aws:ec2/vpcEndpoint:VpcEndpoint").map((resource): Amount => {
    const region = regionOf(resource);
    return resource.inputs.vpcEndpointType === "Gateway"
      ? { quota: "gatewayEndpoints", region, sum: "total", of: stack, value: 1 }
      : { quota: "interfaceEndpoints", region, sum: "largest", of: stack, value: 1 };
  });
  const subnets = new Map(ofType(resources, "aws:ec2/subnet:Subnet").map((subnet) => [idOf(subnet), subnet]));
  const gateways = ofType(resources, "aws:ec2/natGateway:NatGateway").map((resource): Amount => {
    const zone = String(subnets.get(String(resource.inputs.subnetId))?.inputs.availabilityZone);
    return { quota: "natGateways", region: regionOf(resource), sum: "largest", of: zone, value: 1 };
  });
  const nodes = groupsOf(resources).flatMap((group) => group.amounts(stack, regionOf(group.resource), group.maximum));
  return [...ones, ...endpoints, ...gateways, ...nodes, ...claimsOf(stack, resources)];
}

/** What an update of all node groups of a stack starts at once. */
const surgesOf = (stack: string, resources: readonly CapturedResource[]): Amount[] =>
  groupsOf(resources).flatMap((group) =>
    group
      .amounts(stack, regionsOf(resources)(group.resource), group.surge)
      .map((amount): Amount => ({ ...amount, sum: "largest" })),
  );

/** Region of each resource of AWS: its own, or that of the stack's provider. */
function regionsOf(resources: readonly CapturedResource[]): (resource: CapturedResource) => string {
  const provider = resources.find(({ type }) => type === "pulumi:providers:aws");
  return ({ inputs }) => String(inputs.region ?? provider?.inputs.region);
}

interface Group {
  resource: CapturedResource;
  maximum: number;
  surge: number;
  amounts: (stack: string, region: string, count: number) => Amount[];
}

/**
 * The node groups of a stack. An update starts up to two nodes more in each zone of a group, or as many as may be
 * unavailable at once, which is one here (EKS user guide, "Understand each phase of node updates").
 */
function groupsOf(resources: readonly CapturedResource[]): Group[] {
  const templates = new Map(
    ofType(resources, "aws:ec2/launchTemplate:LaunchTemplate").map((template) => [idOf(template), template]),
  );
  return ofType(resources, "aws:eks/nodeGroup:NodeGroup").map((resource) => {
    const { instanceTypes, scalingConfig, launchTemplate, subnetIds } = resource.inputs as {
      instanceTypes: [string];
      scalingConfig: { maxSize: number };
      launchTemplate: { id: string };
      subnetIds: string[];
    };
    const { blockDeviceMappings } = (templates.get(launchTemplate.id)?.inputs ?? {}) as {
      blockDeviceMappings?: { ebs: { volumeSize: number } }[];
    };
    const disk = (blockDeviceMappings ?? []).reduce((sum, { ebs }) => sum + ebs.volumeSize, 0);
    const cpu = sizeOfType(instanceTypes[0])?.cpu ?? 0;
    return {
      resource,
      maximum: scalingConfig.maxSize,
      surge: 2 * subnetIds.length,
      amounts: (stack, region, count) => [
        { quota: "instances", region, sum: "total", of: stack, value: count * cpu },
        { quota: "storage", region, sum: "total", of: stack, value: (count * disk) / 1024 },
      ],
    };
  });
}

/** Volumes that Kubernetes makes for the pods of a stack, in TiB. */
function claimsOf(stack: string, resources: readonly CapturedResource[]): Amount[] {
  const provider = resources.find(({ type }) => type === "pulumi:providers:aws");
  if (!provider) return [];
  return ofType(resources, "kubernetes:apps/v1:StatefulSet").map(({ inputs }) => {
    const { replicas = 1, volumeClaimTemplates = [] } = inputs.spec as {
      replicas?: number;
      volumeClaimTemplates?: { spec: { resources: { requests: { storage: string } } } }[];
    };
    const size = volumeClaimTemplates.reduce((sum, { spec }) => sum + bytes(spec.resources.requests.storage), 0);
    return {
      quota: "storage",
      region: String(provider.inputs.region),
      sum: "total",
      of: stack,
      value: (replicas * size) / 2 ** 40,
    };
  });
}
