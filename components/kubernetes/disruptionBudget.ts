import type { types } from "@pulumi/kubernetes";
import type { Labels } from "./labels.js";

export interface DisruptionBudgetArgs {
  /** Labels that select the pods that the budget protects. */
  selector: Labels;
  /** The least number of replicas that the workload ever has: the HPA's minimum, not its present size. */
  replicas: number;
  /**
   * How many pods must stay up while nodes are drained.
   * @default 1 (M16)
   */
  minAvailable?: number;
}

/**
 * A disruption budget that lets at least one pod be evicted, or none where there is nothing to protect.
 *
 * @returns undefined for a single replica: a budget for it would block every node drain for ever.
 * @throws Error when `minAvailable` leaves no pod that may be evicted.
 */
export function disruptionBudget({
  selector,
  replicas,
  minAvailable = 1,
}: DisruptionBudgetArgs): types.input.policy.v1.PodDisruptionBudgetSpec | undefined {
  if (replicas < 2) return undefined;
  if (!Number.isInteger(minAvailable) || minAvailable < 1 || minAvailable >= replicas) {
    throw new Error(
      `minAvailable ${minAvailable} of ${replicas} replicas can't be satisfied: ` +
        `choose 1 to ${replicas - 1}, or node drains would hang for ever`,
    );
  }
  return {
    minAvailable,
    selector: { matchLabels: { ...selector } },
    // A pod that is broken already does not count, so it must not block the drain that would move it.
    unhealthyPodEvictionPolicy: "AlwaysAllow",
  };
}
