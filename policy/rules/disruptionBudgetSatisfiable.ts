import { countOf } from "../kubernetes/countOrPercentage.js";
import { isDisruptionBudget, protectedBy } from "../kubernetes/disruptionBudget.js";
import { replicasOf } from "../kubernetes/workload.js";
import { noParameters } from "../noParameters.js";
import { stackRule } from "../rule.js";

export const disruptionBudgetSatisfiable = stackRule({
  name: "disruption-budget-satisfiable",
  title: "A PodDisruptionBudget keeps pods up and still lets one be evicted",
  severity: "high",
  level: "mandatory",
  why: "A budget that allows no eviction blocks every drain and upgrade of nodes for ever; one that allows all protects nothing.",
  remedy:
    "Set either minAvailable, above 0 and below the least number of replicas, or maxUnavailable, above 0 and below it.",
  parameters: noParameters,
  appliesTo: isDisruptionBudget,
  *judge(budget, stack) {
    const spec = budget.inputs.at("spec");
    const minAvailable = spec.at("minAvailable").numberOrText();
    const maxUnavailable = spec.at("maxUnavailable").numberOrText();
    const field = minAvailable !== undefined ? "minAvailable" : "maxUnavailable";
    const value = minAvailable ?? maxUnavailable;
    if (value === undefined) {
      yield "It sets neither minAvailable nor maxUnavailable.";
      return;
    }
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      yield "It sets both minAvailable and maxUnavailable.";
      return;
    }
    const pods = protectedBy(budget, stack).reduce((sum, workload) => sum + replicasOf(workload, stack), 0);
    // A budget without pods is the concern of disruption-budget-selects; a share of any number can still be judged.
    const total = pods === 0 ? 2 : pods;
    const count = countOf(value, total);
    if (count === undefined) yield `${field} is neither a number nor a percentage.`;
    else if (pods === 0 && typeof value === "number" && value > 0) return;
    else if (field === "minAvailable" && count >= total)
      yield `minAvailable ${value} of ${total} pods lets none be evicted.`;
    else if (field === "minAvailable" && count <= 0) yield `minAvailable ${value} protects nothing.`;
    else if (field === "maxUnavailable" && count <= 0) yield `maxUnavailable ${value} lets no pod be evicted.`;
    else if (field === "maxUnavailable" && count >= total)
      yield `maxUnavailable ${value} of ${total} pods protects nothing.`;
  },
});
