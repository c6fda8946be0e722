import { isDisruptionBudget, protects } from "../kubernetes/disruptionBudget.js";
import { kindOf } from "../kubernetes/objectType.js";
import { isReplicated, replicasOf } from "../kubernetes/workload.js";
import { noParameters } from "../noParameters.js";
import { stackRule } from "../rule.js";

const cluster = "postgresql.cnpg.io/Cluster";

export const disruptionBudgetPresent = stackRule({
  name: "disruption-budget-present",
  title: "Exactly one PodDisruptionBudget protects each workload with more than one replica",
  severity: "high",
  level: "mandatory",
  why: "Without a budget a drain of several nodes evicts every replica at once; with two, Kubernetes refuses to evict at all.",
  remedy:
    "Register one PodDisruptionBudget in the workload's namespace whose selector selects its pods, for example with minAvailable 1.",
  parameters: noParameters,
  appliesTo: (resource) => isReplicated(resource) || kindOf(resource) === cluster,
  *judge(workload, stack) {
    if (kindOf(workload) === cluster) {
      if (workload.inputs.at("spec", "enablePDB").boolean() === false) yield "enablePDB is false.";
      return;
    }
    const replicas = replicasOf(workload, stack);
    if (replicas < 2) return;
    const budgets = stack.resources.filter((budget) => isDisruptionBudget(budget) && protects(budget, workload)).length;
    if (budgets === 0)
      yield `No PodDisruptionBudget of its namespace selects its pods, of which there are ${replicas}.`;
    if (budgets > 1) yield `${budgets} PodDisruptionBudgets select its pods.`;
  },
});
