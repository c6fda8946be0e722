import { dedicatedTaint, nodeLabels } from "../components/kubernetes/index.js";
import type { Placement } from "../components/workload/index.js";
import type { NodePool } from "./configSchema.js";
import type { NodeClass } from "./nodeClasses.js";

/**
 * Nodes of a class, where the cluster has pools; on a cluster without any (a laptop) every node will do, and replicas
 * share one if they must.
 */
export function placementOn(nodeClass: NodeClass, nodePools: Readonly<Record<string, NodePool>>): Placement {
  if (Object.keys(nodePools).length === 0) return { hosts: "preferred" };
  return { nodeSelector: { [nodeLabels.class]: nodeClass }, hosts: "required" };
}

/** Nodes of the pools that are kept for one kind of workload; any node where there are none. */
export function placementOnDedicated(purpose: string, nodePools: Readonly<Record<string, NodePool>>): Placement {
  const pool = Object.values(nodePools).find(({ dedicatedTo }) => dedicatedTo === purpose);
  if (!pool) return { hosts: "preferred" };
  return {
    nodeSelector: { [nodeLabels.class]: pool.class },
    tolerations: [{ key: dedicatedTaint, operator: "Equal", value: purpose, effect: "NoSchedule" }],
    hosts: "required",
  };
}
