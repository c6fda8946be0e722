import * as ec2 from "@pulumi/aws/ec2/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { PerSubnet } from "./subnets.js";

/** How many NAT gateways a network has: one for each zone, or one for all. */
export type NatGateways = "zone" | "single";

export interface RoutingArgs {
  networkName: string;
  zones: readonly string[];
  natGateways: NatGateways;
  vpcId: pulumi.Input<string>;
  subnets: PerSubnet<ec2.Subnet>;
  protect: boolean;
}

export interface Routing {
  tableIds: Readonly<Record<string, pulumi.Output<string>>>;
  natAddresses: readonly pulumi.Output<string>[];
  /** The ways in and out of the public subnets. */
  publicWays: readonly pulumi.Resource[];
  /** The ways out of the private subnets. */
  ways: readonly pulumi.Resource[];
}

/** Names of the route tables of a network over these zones. */
export const routeTableNames = (zones: readonly string[]): string[] => ["public", ...zones.map(privateTable)];

const privateTable = (zone: string): string => `private-${zone}`;
const everywhere = "0.0.0.0/0";

/**
 * Registers the ways in and out: one table for all public subnets, and one for the private subnets of each zone, which
 * leads through the zone's own NAT gateway. Routes are resources of their own and never part of a table: the stack
 * that links the cities adds more, which a table with routes inside would take out again.
 */
export function routing(name: string, args: RoutingArgs, parent: pulumi.ComponentResource): Routing {
  const { networkName, zones, subnets, vpcId } = args;
  const opts = { parent };
  const table = (tableName: string) =>
    new ec2.RouteTable(`${name}-${tableName}`, { vpcId, tags: { Name: `${networkName}-${tableName}` } }, opts);
  const attach = (kind: string, zone: string, subnet: ec2.Subnet | undefined, routeTable: ec2.RouteTable) => {
    if (!subnet) throw new Error(`zone ${zone} has no ${kind} subnet`);
    return new ec2.RouteTableAssociation(
      `${name}-${kind}-${zone}`,
      { subnetId: subnet.id, routeTableId: routeTable.id },
      opts,
    );
  };

  const gateway = new ec2.InternetGateway(`${name}-internet`, { vpcId, tags: { Name: networkName } }, opts);
  const publicTable = table("public");
  const wayIn = new ec2.Route(
    `${name}-public-internet`,
    { routeTableId: publicTable.id, destinationCidrBlock: everywhere, gatewayId: gateway.id },
    opts,
  );
  const publicWays = [
    gateway,
    wayIn,
    ...zones.map((zone, index) => attach("public", zone, subnets.public[index], publicTable)),
  ];

  const natZones = args.natGateways === "zone" ? zones : zones.slice(0, 1);
  const nats = natZones.map((zone, index) => {
    const address = new ec2.Eip(
      `${name}-nat-${zone}`,
      { domain: "vpc", tags: { Name: `${networkName}-nat-${zone}` } },
      // Partners let exactly this address in (M4): a new one would lock the city out.
      { parent, protect: args.protect },
    );
    const nat = new ec2.NatGateway(
      `${name}-nat-${zone}`,
      {
        subnetId: subnets.public[index]?.id ?? "",
        allocationId: address.id,
        tags: { Name: `${networkName}-nat-${zone}` },
      },
      { parent, dependsOn: publicWays },
    );
    return { address, nat };
  });

  const privateTables = zones.map((zone, index) => {
    const own = table(privateTable(zone));
    const nat = (nats[index] ?? nats[0])?.nat;
    if (!nat) throw new Error(`zone ${zone} has no NAT gateway`);
    const wayOut = new ec2.Route(
      `${name}-${privateTable(zone)}-internet`,
      { routeTableId: own.id, destinationCidrBlock: everywhere, natGatewayId: nat.id },
      opts,
    );
    const associations = [
      attach("nodes", zone, subnets.nodes[index], own),
      attach("control-plane", zone, subnets.controlPlane[index], own),
      attach("pods", zone, subnets.pods[index], own),
    ];
    return { zone, own, ways: [wayOut, ...associations] };
  });

  return {
    tableIds: {
      public: publicTable.id,
      ...Object.fromEntries(privateTables.map(({ zone, own }) => [privateTable(zone), own.id])),
    },
    natAddresses: nats.map(({ address }) => address.publicIp),
    publicWays,
    ways: privateTables.flatMap(({ ways }) => ways),
  };
}
