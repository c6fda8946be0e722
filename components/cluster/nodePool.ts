import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as eks from "@pulumi/aws/eks/index.js";
import * as pulumi from "@pulumi/pulumi";
import { dedicatedTaint, nodeLabels } from "../kubernetes/index.js";

export interface NodePoolArgs {
  clusterName: pulumi.Input<string>;
  poolName: string;
  kubernetesVersion: string;
  /** Release of the nodes' image, e.g. `1.35.4-20261112`. @default the newest when the pool is made or its version changes */
  releaseVersion?: string | undefined;
  nodeRoleArn: pulumi.Input<string>;
  /** Class of the nodes' size, as a label (M2). */
  nodeClass: string;
  instanceType: string;
  /** GiB of the node's own disk. */
  diskSize: number;
  /** Nodes that are always there. */
  count: number;
  /** Nodes that the autoscaler may go up to; the same as `count` for a pool of fixed size. */
  maximumCount: number;
  /** Only workloads that tolerate `nusantara.io/dedicated=<value>:NoSchedule` run here. @default any */
  dedicatedTo?: string | undefined;
  /** Zones by letter, each with the subnet of its nodes. */
  zones: readonly { zone: string; subnetId: pulumi.Input<string> }[];
  volumeKeyArn: pulumi.Input<string>;
  /** For instances, disks and network interfaces, which the provider's own tags don't reach. */
  tags: Readonly<Record<string, string>>;
}

/**
 * Nodes of one size. A pool that is dedicated to something keeps its data on volumes, and a volume never leaves its zone:
 * it has a group for each zone, so that a lost node comes back where its volumes are (EKS best practices guide, "Cluster
 * Autoscaler", on persistent volumes). All others are one group over the zones.
 */
export class NodePool extends pulumi.ComponentResource {
  constructor(name: string, args: NodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:cluster:NodePool", name, {}, opts);
    // A component does not hand on to its children what it comes after.
    const children: pulumi.CustomResourceOptions = {
      parent: this,
      ...(opts?.dependsOn && { dependsOn: opts.dependsOn }),
    };
    const displayName = pulumi.interpolate`${args.clusterName}-${args.poolName}`;
    const tags = { ...args.tags, Name: displayName };
    const template = new ec2.LaunchTemplate(
      `${name}-template`,
      {
        name: displayName,
        description: `Nodes of class ${args.nodeClass}`,
        updateDefaultVersion: true,
        // One hop: pods can't reach the credentials of their node.
        metadataOptions: {
          httpEndpoint: "enabled",
          httpTokens: "required",
          httpPutResponseHopLimit: 1,
          instanceMetadataTags: "disabled",
        },
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: {
              volumeType: "gp3",
              volumeSize: args.diskSize,
              encrypted: "true",
              kmsKeyId: args.volumeKeyArn,
              deleteOnTermination: "true",
            },
          },
        ],
        monitoring: { enabled: true },
        // No network interface here: it would take the group of the VPC in place of the cluster's. That nodes get no public
        // address is up to their subnets.
        tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({ resourceType, tags })),
        tags: { Name: displayName },
      },
      children,
    );
    for (const group of nodeGroups(args)) {
      new eks.NodeGroup(
        [name, group.zone].filter((part) => part !== undefined).join("-"),
        {
          clusterName: args.clusterName,
          // A prefix, not a name: a group that has to be replaced stands beside the old one until that is drained.
          nodeGroupNamePrefix: `${[args.poolName, group.zone].filter((part) => part !== undefined).join("-")}-`,
          version: args.kubernetesVersion,
          ...(args.releaseVersion !== undefined && { releaseVersion: args.releaseVersion }),
          nodeRoleArn: args.nodeRoleArn,
          subnetIds: group.subnetIds,
          amiType: "AL2023_x86_64_STANDARD",
          capacityType: "ON_DEMAND",
          instanceTypes: [args.instanceType],
          scalingConfig: { minSize: group.count, desiredSize: group.count, maxSize: group.maximumCount },
          updateConfig: { maxUnavailable: 1 },
          nodeRepairConfig: { enabled: true },
          launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
          labels: { [nodeLabels.pool]: args.poolName, [nodeLabels.class]: args.nodeClass },
          ...(args.dedicatedTo !== undefined && {
            taints: [{ key: dedicatedTaint, value: args.dedicatedTo, effect: "NO_SCHEDULE" }],
          }),
          tags: { Name: displayName },
        },
        {
          ...children,
          // The autoscaler owns the number of nodes between the bounds.
          ...(group.maximumCount > group.count && { ignoreChanges: ["scalingConfig.desiredSize"] }),
        },
      );
    }
    this.registerOutputs({});
  }
}

interface NodeGroupPlan {
  /** Absent for a group over all zones. */
  zone?: string;
  subnetIds: pulumi.Input<string>[];
  count: number;
  maximumCount: number;
}

/**
 * The groups that a pool consists of. The nodes of a dedicated pool are dealt out to the zones one by one, the first zone
 * first; a zone that gets none has no group.
 */
export function nodeGroups({
  zones,
  count,
  maximumCount,
  dedicatedTo,
}: Pick<NodePoolArgs, "zones" | "count" | "maximumCount" | "dedicatedTo">): NodeGroupPlan[] {
  if (dedicatedTo === undefined) return [{ subnetIds: zones.map(({ subnetId }) => subnetId), count, maximumCount }];
  const share = (total: number, index: number): number =>
    Math.floor(total / zones.length) + (index < total % zones.length ? 1 : 0);
  return zones
    .map(({ zone, subnetId }, index) => ({
      zone,
      subnetIds: [subnetId],
      count: share(count, index),
      maximumCount: share(maximumCount, index),
    }))
    .filter((group) => group.maximumCount > 0);
}
