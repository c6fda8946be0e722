import { isDisruptionBudget, protects } from "../kubernetes/disruptionBudget.js";
import { selectorOf } from "../kubernetes/selector.js";
import { workloadsOf } from "../kubernetes/workload.js";
import { noParameters } from "../noParameters.js";
import { stackRule } from "../rule.js";

export const disruptionBudgetSelects = stackRule({
  name: "disruption-budget-selects",
  title: "A PodDisruptionBudget selects the pods of a workload in its namespace, and not everything",
  severity: "high",
  level: "mandatory",
  why: "A budget whose selector or namespace is wrong protects nothing and looks as if it did; an empty selector counts all pods of the namespace as one.",
  remedy: "Give it the namespace and the selector of the workload that it is meant for.",
  parameters: noParameters,
  appliesTo: isDisruptionBudget,
  *judge(budget, stack) {
    const selector = selectorOf(budget.inputs.at("spec", "selector"));
    if (selector === undefined) yield "It has no selector, so it selects nothing.";
    else if (selector.isEmpty) yield "Its selector is empty, so it counts every pod of the namespace.";
    else if (!workloadsOf(stack).some((workload) => protects(budget, workload)))
      yield "It selects the pods of no workload of its namespace.";
  },
});
