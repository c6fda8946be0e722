import { nodeLabels } from "../../../components/kubernetes/index.js";
import type { Placement } from "../../../components/workload/index.js";
import type { NodePool } from "../../configSchema.js";
import type { NodeClass } from "../../nodeClasses.js";

/**
 * Nodes of a class, where the cluster has pools; on a cluster without any (a laptop) every node will do, and replicas
 * share one if they must.
 */
export function placementOn(nodeClass: NodeClass, nodePools: Readonly<Record<string, NodePool>>): Placement {
  if (Object.keys(nodePools).length === 0) return { hosts: "preferred" };
  return { nodeSelector: { [nodeLabels.class]: nodeClass }, hosts: "required" };
}
