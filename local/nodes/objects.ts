import { dedicatedTaint, managedBy, nodeLabels } from "../../components/kubernetes/index.js";
import type { CityConfig } from "../../stacks/config.js";
import { allocatable, nodeClasses } from "../../stacks/nodeClasses.js";
import { unready } from "../readiness.js";
import type { Manifest } from "../render/manifests.js";
import type { PlannedNode } from "./pools.js";

/** Label that tells real nodes from simulated ones. */
export const kindLabel = "nusantara.io/node-kind";

/** Keeps pods off simulated nodes where they can run for real; pods that can't are made to tolerate it. */
export const simulatedTaint = "nusantara.io/simulated";

/** Annotation that hands a node to the simulator. */
const simulator = { "kwok.x-k8s.io/node": "fake" } as const;

/** The Node objects of a city. */
export function nodeObjects(config: CityConfig, nodes: readonly PlannedNode[]): Manifest[] {
  const realClasses = nodes.filter(({ kind }) => kind === "real").map(({ settings }) => settings.class);
  return nodes.map((node) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: labelsOf(config, node),
      ...(node.kind === "simulated" && {
        annotations: {
          ...simulator,
          "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/${node.name}/metrics/resource`,
        },
      }),
    },
    ...specOf(node, realClasses.includes(node.settings.class)),
    ...(node.kind === "simulated" && { status: statusOf(node) }),
  }));
}

const labelsOf = ({ city, region }: CityConfig, { name, pool, settings, zone, kind }: PlannedNode) => ({
  "app.kubernetes.io/managed-by": managedBy,
  "kubernetes.io/arch": "amd64",
  "kubernetes.io/hostname": name,
  "kubernetes.io/os": "linux",
  "node.kubernetes.io/instance-type": settings.class,
  "topology.kubernetes.io/region": region,
  "topology.kubernetes.io/zone": zone,
  "nusantara.io/city": city,
  [nodeLabels.pool]: pool,
  [nodeLabels.class]: settings.class,
  [kindLabel]: kind,
});

/** @param hasReal whether pods that ask for nodes of this class can run for real. */
function specOf({ settings, kind }: PlannedNode, hasReal: boolean) {
  const taints = [
    ...(settings.dedicatedTo === undefined
      ? []
      : [{ key: dedicatedTaint, value: settings.dedicatedTo, effect: "NoSchedule" }]),
    ...(hasReal && kind === "simulated" ? [{ key: simulatedTaint, value: "true", effect: "NoSchedule" }] : []),
  ];
  return taints.length === 0 ? {} : { spec: { taints } };
}

/** A simulated node is as large as its class; the kubelet of a real one says what the machine has. */
function statusOf({ settings }: PlannedNode) {
  const size = nodeClasses[settings.class];
  const usable = allocatable(size);
  const storage = `${size.storage}G`;
  return {
    capacity: { cpu: `${size.cpu}`, memory: `${size.memory}Gi`, "ephemeral-storage": storage, pods: `${usable.pods}` },
    allocatable: {
      cpu: `${usable.cpu}m`,
      memory: `${usable.memory}`,
      "ephemeral-storage": storage,
      pods: `${usable.pods}`,
    },
  };
}

interface NodeView {
  metadata?: { annotations?: Record<string, string> };
  spec?: { taints?: { key: string; value?: string }[] };
  status?: { capacity?: Record<string, string> };
}

const dedication = ({ spec }: NodeView): string | undefined =>
  spec?.taints?.find(({ key }) => key === dedicatedTaint)?.value;
const isSimulated = ({ metadata }: NodeView): boolean => metadata?.annotations?.["kwok.x-k8s.io/node"] === "fake";

/**
 * Simulated nodes that were given up while the simulator was away. It speaks only for nodes that are Ready, so they would
 * stay so; a new one is Ready at once.
 */
export const forsakenNodes = (live: readonly Manifest[]): Manifest[] =>
  live.filter((node) => isSimulated(node as NodeView) && unready([node]).length > 0);

/**
 * Nodes that are there with another size, kind or dedication than wanted. Applying can't mend them: their size stands in
 * the status, and their taints are shared with a controller. A real pool would replace such nodes too.
 */
export const outdatedNodes = (live: readonly Manifest[], wanted: readonly Manifest[]): Manifest[] =>
  live.filter((node) => {
    const target: NodeView = wanted.find(({ metadata }) => metadata.name === node.metadata.name) ?? {};
    const is = node as NodeView;
    if (isSimulated(is) !== isSimulated(target) || dedication(is) !== dedication(target)) return true;
    return (
      isSimulated(is) &&
      (is.status?.capacity?.cpu !== target.status?.capacity?.cpu ||
        is.status?.capacity?.memory !== target.status?.capacity?.memory)
    );
  });
