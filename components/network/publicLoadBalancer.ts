import * as lb from "@pulumi/aws/lb/index.js";
import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as vpc from "@pulumi/aws/vpc/index.js";
import * as pulumi from "@pulumi/pulumi";

/** A port of the load balancer, and the port of the pods behind it. */
export interface Listener {
  port: number;
  targetPort: number;
}

export interface PublicLoadBalancerArgs {
  /** Name in AWS: letters, digits and dashes, at most 32. */
  balancerName: string;
  vpcId: pulumi.Input<string>;
  /** Public subnets, one for each zone. */
  subnetIds: readonly pulumi.Input<string>[];
  /** The ways into these subnets: AWS refuses a public load balancer in a VPC without an Internet gateway. */
  ways: readonly pulumi.Resource[];
  /** Group of the pods, which gets a rule that lets the load balancer in. */
  targetSecurityGroupId: pulumi.Input<string>;
  /** By name, e.g. `https`. */
  listeners: Readonly<Record<string, Listener>>;
  /** Whether AWS and the engine refuse to delete it. */
  protect: boolean;
}

/**
 * The Network Load Balancer in front of a city's ingress controller (M4). It belongs to the stack and not to a controller
 * in the cluster: its name is known to DNS without a lookup, and destroying the stack leaves nothing behind. The AWS Load
 * Balancer Controller only enters pods as targets (`TargetGroupBinding`). Pods see the addresses of the clients.
 *
 * A TCP check of a pod in the mesh proves that its node's proxy (ztunnel) accepts connections, and not that the ingress
 * controller answers. That is for kubelet's readiness probe, without which a pod is no target, and for Route 53's HTTPS check of
 * the city's name.
 */
export class PublicLoadBalancer extends pulumi.ComponentResource {
  readonly dnsName: pulumi.Output<string>;
  /** Route 53 zone of the name, for alias records. */
  readonly zoneId: pulumi.Output<string>;
  /** ARNs of the target groups by the name of their listener. */
  readonly targetGroupArns: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: PublicLoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:network:PublicLoadBalancer", name, {}, opts);
    const parent = { parent: this };
    const tags = { Name: args.balancerName };
    const group = new ec2.SecurityGroup(
      `${name}-group`,
      {
        vpcId: args.vpcId,
        name: args.balancerName,
        description: "Public load balancer: HTTP and HTTPS from everywhere",
        tags,
      },
      parent,
    );
    const balancer = new lb.LoadBalancer(
      `${name}-balancer`,
      {
        name: args.balancerName,
        loadBalancerType: "network",
        internal: false,
        subnets: [...args.subnetIds],
        securityGroups: [group.id],
        enableCrossZoneLoadBalancing: true,
        enableDeletionProtection: args.protect,
        tags,
      },
      { parent: this, protect: args.protect, dependsOn: [...args.ways] },
    );
    const targets = Object.entries(args.listeners).map(([listener, { port, targetPort }]) => {
      const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port, tags });
      new vpc.SecurityGroupIngressRule(
        `${name}-${listener}-clients`,
        { ...tcp(port), securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", description: `Clients to ${listener}` },
        parent,
      );
      new vpc.SecurityGroupEgressRule(
        `${name}-${listener}-targets`,
        {
          ...tcp(targetPort),
          securityGroupId: group.id,
          referencedSecurityGroupId: args.targetSecurityGroupId,
          description: `Pods behind ${listener}`,
        },
        parent,
      );
      // A group of the load balancer stands for its clients too, although their addresses are kept (Elastic Load Balancing
      // user guide, "Update the security groups for your Network Load Balancer").
      new vpc.SecurityGroupIngressRule(
        `${name}-${listener}-pods`,
        {
          ...tcp(targetPort),
          securityGroupId: args.targetSecurityGroupId,
          referencedSecurityGroupId: group.id,
          description: `Public load balancer to pods, ${listener}`,
        },
        parent,
      );
      const target = new lb.TargetGroup(
        `${name}-${listener}`,
        {
          vpcId: args.vpcId,
          port: targetPort,
          protocol: "TCP",
          targetType: "ip",
          preserveClientIp: "true",
          // Longer than the ingress controller takes to finish what it has begun.
          deregistrationDelay: 60,
          healthCheck: {
            protocol: "TCP",
            port: "traffic-port",
            interval: 10,
            healthyThreshold: 2,
            unhealthyThreshold: 2,
          },
          tags,
        },
        parent,
      );
      new lb.Listener(
        `${name}-${listener}`,
        {
          loadBalancerArn: balancer.arn,
          port,
          protocol: "TCP",
          defaultActions: [{ type: "forward", targetGroupArn: target.arn }],
          tags,
        },
        parent,
      );
      return [listener, target.arn] as const;
    });
    this.targetGroupArns = Object.fromEntries(targets);
    this.dnsName = balancer.dnsName;
    this.zoneId = balancer.zoneId;
    this.registerOutputs({ dnsName: this.dnsName, zoneId: this.zoneId });
  }
}
