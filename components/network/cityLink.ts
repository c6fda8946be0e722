import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as vpc from "@pulumi/aws/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";

/** One side of a link. */
export interface LinkEnd {
  city: string;
  region: string;
  vpcId: pulumi.Input<string>;
  /** Ranges by what they hold, in CIDR notation; each gets a route in every table of the other side. */
  ranges: Readonly<Record<"nodes" | "pods", pulumi.Input<string>>>;
  /** Ids of the route tables by name. */
  routeTableIds: Readonly<Record<string, pulumi.Input<string>>>;
  /** Group of nodes and pods. */
  securityGroupId: pulumi.Input<string>;
}

export interface CityLinkArgs {
  /** The side that asks, and the one that accepts. */
  ends: readonly [LinkEnd, LinkEnd];
  /** TCP ports of one side that the other side's pods may call. */
  ports: readonly number[];
}

/**
 * The way between two cities: a peering connection, routes in every table of both sides, and rules for exactly the ports
 * that are needed. Groups can't name each other across regions, so rules name the ranges of pods, whose addresses nobody
 * translates on the way. One provider serves both sides: every resource names its region.
 */
export class CityLink extends pulumi.ComponentResource {
  constructor(name: string, args: CityLinkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:network:CityLink", name, {}, opts);
    const [near, far] = args.ends;
    const parent = { parent: this };
    const tags = { Name: `nusantara-${near.city}-${far.city}` };
    const peering = new ec2.VpcPeeringConnection(
      `${name}-peering`,
      {
        region: near.region,
        vpcId: near.vpcId,
        peerVpcId: far.vpcId,
        ...(far.region !== near.region && { peerRegion: far.region }),
        // The other side accepts below, in its own region: AWS accepts by itself within one region only.
        autoAccept: false,
        tags,
      },
      parent,
    );
    const accepted = new ec2.VpcPeeringConnectionAccepter(
      `${name}-accepter`,
      { region: far.region, vpcPeeringConnectionId: peering.id, autoAccept: true, tags },
      parent,
    );
    for (const [here, there] of [
      [near, far],
      [far, near],
    ] as const) {
      for (const [table, routeTableId] of Object.entries(here.routeTableIds)) {
        for (const [kind, range] of Object.entries(there.ranges)) {
          new ec2.Route(
            `${name}-${here.city}-${table}-${kind}`,
            {
              region: here.region,
              routeTableId,
              destinationCidrBlock: range,
              vpcPeeringConnectionId: accepted.vpcPeeringConnectionId,
            },
            { parent: this, dependsOn: [accepted] },
          );
        }
      }
      for (const port of args.ports) {
        new vpc.SecurityGroupIngressRule(
          `${name}-${here.city}-${port}`,
          {
            region: here.region,
            securityGroupId: here.securityGroupId,
            cidrIpv4: there.ranges.pods,
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
            description: `Databases of ${there.city}`,
            tags: { Name: `nusantara-${there.city}` },
          },
          parent,
        );
      }
    }
    this.registerOutputs({});
  }
}
