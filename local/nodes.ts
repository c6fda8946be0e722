import { dedicatedTaint, managedBy, nodeLabels } from "../components/kubernetes/index.js";
import type { CityConfig } from "../stacks/config.js";
import type { NodePool } from "../stacks/configSchema.js";
import { allocatable, nodeClasses } from "../stacks/nodeClasses.js";
import type { Manifest } from "./render/manifests.js";

/** Zones of a region that nodes are spread over. */
const zoneSuffixes = ["a", "b", "c"] as const;

/** Node objects for every pool of a city. The simulator keeps them alive; scheduler and controllers are real. */
export const simulatedNodes = (config: CityConfig): Manifest[] =>
  Object.entries(config.nodePools).flatMap(([pool, settings]) =>
    Array.from({ length: settings.count }, (_, index) => simulatedNode(config, pool, settings, index)),
  );

function simulatedNode({ city, region }: CityConfig, pool: string, settings: NodePool, index: number): Manifest {
  const name = `${city}-${pool}-${index + 1}`;
  const size = nodeClasses[settings.class];
  const usable = allocatable(size);
  const zone = `${region}${zoneSuffixes[index % zoneSuffixes.length]}`;
  const storage = `${size.storage}G`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
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
      },
      annotations: {
        "kwok.x-k8s.io/node": "fake",
        "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/${name}/metrics/resource`,
      },
    },
    ...(settings.dedicatedTo !== undefined && {
      spec: { taints: [{ key: dedicatedTaint, value: settings.dedicatedTo, effect: "NoSchedule" }] },
    }),
    status: {
      capacity: {
        cpu: `${size.cpu}`,
        memory: `${size.memory}Gi`,
        "ephemeral-storage": storage,
        pods: `${usable.pods}`,
      },
      allocatable: {
        cpu: `${usable.cpu}m`,
        memory: `${usable.memory}`,
        "ephemeral-storage": storage,
        pods: `${usable.pods}`,
      },
    },
  };
}

interface NodeView {
  spec?: { taints?: { key: string; value?: string }[] };
  status?: { capacity?: Record<string, string> };
}

const dedication = ({ spec }: NodeView): string | undefined =>
  spec?.taints?.find(({ key }) => key === dedicatedTaint)?.value;

/**
 * Nodes that are there with another size or dedication than wanted. Applying can't mend them: their size stands in the
 * status, and their taints are shared with a controller. A real pool would replace such nodes too.
 */
export const outdatedNodes = (live: readonly Manifest[], wanted: readonly Manifest[]): Manifest[] =>
  live.filter((node) => {
    const target = wanted.find(({ metadata }) => metadata.name === node.metadata.name) as NodeView | undefined;
    const [is, should] = [node as NodeView, target ?? {}];
    return (
      is.status?.capacity?.cpu !== should.status?.capacity?.cpu ||
      is.status?.capacity?.memory !== should.status?.capacity?.memory ||
      dedication(is) !== dedication(should)
    );
  });
