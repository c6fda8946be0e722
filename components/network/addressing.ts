import ipaddr from "ipaddr.js";

/** The subnets of one availability zone, in CIDR notation. */
export interface ZoneSubnets {
  /** Load balancers and NAT gateways, with a way in from the Internet. */
  public: string;
  /** Nodes, interface endpoints, and load balancers inside. */
  nodes: string;
  /** Network interfaces of the control plane, and nothing else: an upgrade needs free addresses of its own. */
  controlPlane: string;
  /** Pods, out of the secondary range. */
  pods: string;
}

/** How many zones the plan divides a city into; EKS wants at least two, and three survive the loss of one with a majority. */
export const zoneCount = 3;

/**
 * Prefixes that the plan can divide. AWS takes VPC blocks of /16 to /28 (VPC user guide, "VPC CIDR blocks"). Below /20 the
 * /28 of three control planes would not fit beside public subnets of /26, and a load balancer wants a /27 at least
 * (Elastic Load Balancing user guide, "Availability Zones").
 */
export const primaryPrefixes = { largest: 16, smallest: 20 } as const;

/** Each zone gets a quarter of it; prefixes of 16 addresses (a /28) must be left in numbers for every node. */
export const secondaryPrefixes = { largest: 16, smallest: 20 } as const;

/** EKS user guide, "View Amazon EKS networking requirements for VPC and subnets"; a /28 each as in the best practices guide. */
const controlPlanePrefix = 28;

/**
 * Divides the ranges of a city over its zones. Of the primary range, an eighth each is for the nodes of a zone, and the
 * fourth eighth holds three public subnets and, behind them, three of /28 for the control plane; the upper half is free.
 * Of the secondary range each zone gets a quarter, and the last one is free.
 *
 * @throws Error when a range is not of the sizes of {@link primaryPrefixes} and {@link secondaryPrefixes}.
 */
export function subnetPlan(primary: string, secondary: string): ZoneSubnets[] {
  const [primaryPrefix, secondaryPrefix] = [prefixOf(primary), prefixOf(secondary)];
  assertPrefix(primary, primaryPrefixes);
  assertPrefix(secondary, secondaryPrefixes);
  const shared = subrange(primary, primaryPrefix + 3, zoneCount);
  const controlPlane = subrange(shared, primaryPrefix + 6, zoneCount);
  return Array.from({ length: zoneCount }, (_, zone) => ({
    public: subrange(shared, primaryPrefix + 6, zone),
    nodes: subrange(primary, primaryPrefix + 3, zone),
    controlPlane: subrange(controlPlane, controlPlanePrefix, zone),
    pods: subrange(secondary, secondaryPrefix + 2, zone),
  }));
}

/** Number of addresses in a range. */
export const sizeOf = (range: string): number => 2 ** (32 - prefixOf(range));

/** Addresses that AWS keeps in every subnet: the first four and the last one (VPC user guide, "Subnet sizing"). */
export const reservedAddresses = 5;

const prefixOf = (range: string): number => ipaddr.IPv4.parseCIDR(range)[1];

function assertPrefix(range: string, { largest, smallest }: { largest: number; smallest: number }): void {
  const prefix = prefixOf(range);
  if (prefix < largest || prefix > smallest)
    throw new Error(`${range} can't be divided into subnets: it must be from /${largest} to /${smallest}`);
}

/** The `index`th range of a prefix inside another one. */
function subrange(range: string, prefix: number, index: number): string {
  const [network] = ipaddr.IPv4.parseCIDR(range);
  const start = network.toByteArray().reduce((value, byte) => value * 256 + byte, 0) + index * 2 ** (32 - prefix);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/${prefix}`;
}

/** Private blocks that AWS tells apart when it adds a range to a VPC. */
const blocks = {
  ten: "10.0.0.0/8",
  tenStart: "10.0.0.0/15",
  tenFirst: "10.0.0.0/16",
  oneSevenTwo: "172.16.0.0/12",
  oneNineTwo: "192.168.0.0/16",
  shared: "100.64.0.0/10",
} as const;

/**
 * Why AWS would not add the secondary range to a VPC of the primary one; undefined where it does. Source: VPC user guide,
 * "IPv4 CIDR block association restrictions".
 */
export function associationProblem(primary: string, secondary: string): string | undefined {
  if (inside(blocks.shared, secondary)) return undefined;
  const family = ([blocks.ten, blocks.oneSevenTwo, blocks.oneNineTwo] as const).find((block) => inside(block, primary));
  if (family !== undefined && !inside(family, secondary))
    return `AWS adds no range outside ${family} and ${blocks.shared} to a VPC of "${primary}"`;
  if (inside(blocks.tenStart, primary) && inside(blocks.tenFirst, secondary))
    return `AWS adds no range of ${blocks.tenFirst} to a VPC of "${primary}"`;
  return undefined;
}

function inside(outer: string, inner: string): boolean {
  const [outerNetwork, outerPrefix] = ipaddr.IPv4.parseCIDR(outer);
  const [innerNetwork, innerPrefix] = ipaddr.IPv4.parseCIDR(inner);
  return innerPrefix >= outerPrefix && innerNetwork.match(outerNetwork, outerPrefix);
}
