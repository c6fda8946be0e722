import { isDisruptionBudget } from "../kubernetes/disruptionBudget.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const disruptionBudgetUnhealthy = resourceRule({
  name: "disruption-budget-unhealthy",
  title: "A PodDisruptionBudget says what becomes of pods that are not healthy",
  severity: "low",
  level: "advisory",
  why: "By default a broken pod counts against the budget, so it blocks the drain that would move it.",
  remedy:
    "Set unhealthyPodEvictionPolicy: AlwaysAllow, or IfHealthyBudget where a broken pod may hold the only copy of data.",
  parameters: noParameters,
  appliesTo: isDisruptionBudget,
  *judge(budget) {
    if (!budget.inputs.at("spec", "unhealthyPodEvictionPolicy").isSet) yield "unhealthyPodEvictionPolicy is not set.";
  },
});
