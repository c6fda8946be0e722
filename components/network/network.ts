import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as pulumi from "@pulumi/pulumi";
import { subnetPlan, zoneCount } from "./addressing.js";
import { interfaceEndpoints, storageEndpoint } from "./endpoints.js";
import { routing, type NatGateways } from "./routing.js";
import { subnetsOf, type Subnets } from "./subnets.js";

export interface NetworkArgs {
  /** Name of the VPC, and what the names of all its parts begin with. */
  networkName: string;
  region: string;
  /** Letters of the availability zones, three of them, e.g. `a`. The first one is that of a single NAT gateway. */
  zones: readonly string[];
  /** Primary range: nodes and load balancers. /16 to /20. */
  nodes: string;
  /** Secondary range: pods. /16 to /20. */
  pods: string;
  /** Name of the cluster, which controllers look for in the tags of subnets. */
  clusterName: string;
  /**
   * `zone`: one for each zone, so that the loss of a zone cuts off no other. `single`: one for all, which saves two
   * thirds of their price and is not for production.
   */
  natGateways: NatGateways;
  /** Whether traffic to the services of AWS stays in the VPC; without them it goes through the NAT gateways. */
  interfaceEndpoints: boolean;
  /** Bucket that keeps the flow logs. */
  flowLogsBucketArn: pulumi.Input<string>;
  /** Whether the engine refuses to delete the VPC and the fixed addresses. */
  protect: boolean;
}

/**
 * The VPC of a city: primary and secondary range, subnets over three zones, ways out and in, private ways to the services
 * of AWS, and a record of all traffic (M3, M4).
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** Ids by kind, in the order of the zones. */
  readonly subnetIds: Subnets;
  /** Ids of the route tables by name: `public`, and `private-<zone>` for each zone. */
  readonly routeTableIds: Readonly<Record<string, pulumi.Output<string>>>;
  /** Fixed public addresses that pods and nodes appear with (M4), in the order of the zones. */
  readonly natAddresses: readonly pulumi.Output<string>[];
  /** What must be there before anything with a public address: for `dependsOn`. */
  readonly publicWays: readonly pulumi.Resource[];
  /** What must be there before a node can reach anything: for `dependsOn`. */
  readonly ways: readonly pulumi.Resource[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:network:Network", name, {}, opts);
    if (args.zones.length !== zoneCount || new Set(args.zones).size !== zoneCount)
      throw new Error(`a network spans ${zoneCount} different zones, not "${args.zones.join(", ")}"`);
    const parent = { parent: this };
    const vpc = new ec2.Vpc(
      `${name}-vpc`,
      {
        cidrBlock: args.nodes,
        // Private zones and interface endpoints answer only where both are on.
        enableDnsSupport: true,
        enableDnsHostnames: true,
        tags: { Name: args.networkName },
      },
      { parent: this, protect: args.protect },
    );
    this.vpcId = vpc.id;
    const podRange = new ec2.VpcIpv4CidrBlockAssociation(
      `${name}-pods`,
      { vpcId: vpc.id, cidrBlock: args.pods },
      parent,
    );
    // Whatever is started without naming a group gets this one; it lets nothing in and nothing out.
    new ec2.DefaultSecurityGroup(
      `${name}-default-security-group`,
      { vpcId: vpc.id, ingress: [], egress: [], tags: { Name: `${args.networkName}-unused` } },
      parent,
    );
    // Subnets that nobody gave a table fall back to this one; it leads nowhere.
    new ec2.DefaultRouteTable(
      `${name}-default-route-table`,
      { defaultRouteTableId: vpc.defaultRouteTableId, routes: [], tags: { Name: `${args.networkName}-unused` } },
      parent,
    );

    const plan = subnetPlan(args.nodes, args.pods);
    const subnets = subnetsOf(name, { ...args, vpcId: vpc.id, plan, podRange }, parent);
    this.subnetIds = {
      public: subnets.public.map(({ id }) => id),
      nodes: subnets.nodes.map(({ id }) => id),
      controlPlane: subnets.controlPlane.map(({ id }) => id),
      pods: subnets.pods.map(({ id }) => id),
    };
    const routes = routing(name, { ...args, vpcId: vpc.id, subnets }, this);
    this.routeTableIds = routes.tableIds;
    this.natAddresses = routes.natAddresses;
    this.publicWays = routes.publicWays;

    const storage = storageEndpoint(
      name,
      { ...args, vpcId: vpc.id, routeTableIds: Object.values(routes.tableIds) },
      parent,
    );
    const endpoints = args.interfaceEndpoints
      ? interfaceEndpoints(
          name,
          { ...args, vpcId: vpc.id, subnetIds: this.subnetIds.nodes, callers: [args.nodes, args.pods] },
          parent,
        )
      : [];
    this.ways = [...routes.ways, storage, ...endpoints];

    new ec2.FlowLog(
      `${name}-flow-log`,
      {
        vpcId: vpc.id,
        trafficType: "ALL",
        logDestinationType: "s3",
        logDestination: args.flowLogsBucketArn,
        // Parquet is a fifth of the size and of the price of a query (VPC user guide, "Publish flow logs to Amazon S3").
        destinationOptions: { fileFormat: "parquet", hiveCompatiblePartitions: true, perHourPartition: true },
        maxAggregationInterval: 600,
        tags: { Name: args.networkName },
      },
      parent,
    );
    this.registerOutputs({ vpcId: this.vpcId });
  }
}
