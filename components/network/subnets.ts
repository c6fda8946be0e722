import * as ec2 from "@pulumi/aws/ec2/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ZoneSubnets } from "./addressing.js";

/** Something of each kind of subnet, in the order of the zones. */
export type PerSubnet<Value> = Readonly<Record<keyof ZoneSubnets, readonly Value[]>>;
export type Subnets = PerSubnet<pulumi.Output<string>>;

export interface SubnetsArgs {
  networkName: string;
  clusterName: string;
  region: string;
  zones: readonly string[];
  vpcId: pulumi.Input<string>;
  plan: readonly ZoneSubnets[];
  /** The secondary range, which must be there before a subnet of it. */
  podRange: pulumi.Resource;
}

/**
 * Tags that controllers choose subnets by. Source: AWS Load Balancer Controller, "Subnet auto-discovery": public load
 * balancers go where `elb` is, those inside where `internal-elb` is. Subnets of pods and of the control plane carry
 * neither, so that no load balancer takes their addresses.
 */
const controllerTags = (kind: keyof ZoneSubnets, clusterName: string): Readonly<Record<string, string>> => {
  const cluster = { [`kubernetes.io/cluster/${clusterName}`]: "shared" };
  if (kind === "public") return { ...cluster, "kubernetes.io/role/elb": "1" };
  if (kind === "nodes") return { ...cluster, "kubernetes.io/role/internal-elb": "1" };
  return {};
};

/** Name of each kind in the names of resources. */
const names = { public: "public", nodes: "nodes", controlPlane: "control-plane", pods: "pods" } as const;

/** Registers the subnets of every kind in every zone. None gives public addresses by itself. */
export function subnetsOf(name: string, args: SubnetsArgs, opts: pulumi.CustomResourceOptions): PerSubnet<ec2.Subnet> {
  const ofKind = (kind: keyof ZoneSubnets): ec2.Subnet[] =>
    args.plan.map((ranges, index) => {
      const zone = args.zones[index] ?? "";
      return new ec2.Subnet(
        `${name}-${names[kind]}-${zone}`,
        {
          vpcId: args.vpcId,
          availabilityZone: `${args.region}${zone}`,
          cidrBlock: ranges[kind],
          mapPublicIpOnLaunch: false,
          tags: { Name: `${args.networkName}-${names[kind]}-${zone}`, ...controllerTags(kind, args.clusterName) },
        },
        kind === "pods" ? { ...opts, dependsOn: [args.podRange] } : opts,
      );
    });
  return {
    public: ofKind("public"),
    nodes: ofKind("nodes"),
    controlPlane: ofKind("controlPlane"),
    pods: ofKind("pods"),
  };
}
