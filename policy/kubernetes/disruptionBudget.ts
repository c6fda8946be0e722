import type { Resource, Stack } from "../model/resource.js";
import { isKind } from "./objectType.js";
import { namespaceOf } from "./metadata.js";
import { selectorOf } from "./selector.js";
import { isReplicated, podLabelsOf, workloadsOf } from "./workload.js";

export const isDisruptionBudget = isKind("policy/PodDisruptionBudget");

/** Whether a budget protects a workload's pods. */
export const protects = (budget: Resource, workload: Resource): boolean =>
  namespaceOf(budget) === namespaceOf(workload) &&
  selectorOf(budget.inputs.at("spec", "selector"))?.matches(podLabelsOf(workload)) === true;

/** The replicated workloads of the stack that a budget protects. */
export const protectedBy = (budget: Resource, stack: Stack): Resource[] =>
  workloadsOf(stack).filter((workload) => isReplicated(workload) && protects(budget, workload));
