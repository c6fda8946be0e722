import type { Field } from "../model/field.js";
import type { Resource } from "../model/resource.js";
import { kindOf } from "../kubernetes/objectType.js";
import { namespaceOf } from "../kubernetes/metadata.js";
import { selectorOf } from "../kubernetes/selector.js";
import { isReplicated, podLabelsOf, podSpecOf } from "../kubernetes/workload.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

const hostname = "kubernetes.io/hostname";
const cluster = "postgresql.cnpg.io/Cluster";

/** M10: the scheduler must not put two members of a stateful workload on one host. */
export const antiAffinityRequired = resourceRule({
  name: "anti-affinity-required",
  title: "Members of a stateful workload never share a host",
  severity: "high",
  level: "mandatory",
  why: "With preferred anti-affinity the scheduler may put a primary and its standby on one host, and both are lost with it.",
  remedy:
    "Add a term to podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution with topologyKey kubernetes.io/hostname and a labelSelector that selects the workload's own pods.",
  parameters: noParameters,
  appliesTo: (resource) => isReplicated(resource) || kindOf(resource) === cluster,
  *judge(resource) {
    if (kindOf(resource) === cluster) yield* judgeCluster(resource);
    else if (isStateful(resource)) yield* judgeWorkload(resource);
  },
});

/** A set always is; another workload when it has a claim that several replicas would share. */
function isStateful(workload: Resource): boolean {
  if (kindOf(workload) === "apps/StatefulSet") return true;
  if (workload.inputs.at("spec", "replicas").number() === 1) return false;
  return podSpecOf(workload)
    .at("volumes")
    .list()
    .some((volume) => volume.at("persistentVolumeClaim").isGiven);
}

function* judgeWorkload(workload: Resource): Iterable<string> {
  const antiAffinity = podSpecOf(workload).at("affinity", "podAntiAffinity");
  const terms = antiAffinity.at("requiredDuringSchedulingIgnoredDuringExecution").list();
  if (terms.length === 0) {
    yield antiAffinity.at("preferredDuringSchedulingIgnoredDuringExecution").list().length > 0
      ? "Its anti-affinity is only preferred, so the scheduler may put two members on one host."
      : "It has no required anti-affinity.";
    return;
  }
  if (terms.some((term) => keepsApart(term, workload))) return;
  yield terms.some((term) => term.at("topologyKey").text() === hostname)
    ? "No required anti-affinity over hosts selects the workload's own pods."
    : `No required anti-affinity has the topologyKey ${hostname}.`;
}

function keepsApart(term: Field, workload: Resource): boolean {
  if (term.at("topologyKey").text() !== hostname) return false;
  // Keys narrow the selector, for example to pods of one revision: then two revisions may meet on a host.
  if (term.at("matchLabelKeys").isGiven || term.at("mismatchLabelKeys").isGiven) return false;
  const namespaces = term.at("namespaces").texts();
  if (namespaces.length > 0 && !namespaces.includes(namespaceOf(workload))) return false;
  if (namespaces.length === 0 && term.at("namespaceSelector").isGiven) return false;
  return selectorOf(term.at("labelSelector"))?.matches(podLabelsOf(workload)) === true;
}

/** CloudNativePG makes the terms itself; its default is to prefer. */
function* judgeCluster(resource: Resource): Iterable<string> {
  const affinity = resource.inputs.at("spec", "affinity");
  if (affinity.at("enablePodAntiAffinity").boolean() === false) yield "enablePodAntiAffinity is false.";
  if (affinity.at("podAntiAffinityType").text() !== "required") yield "podAntiAffinityType is not required.";
  if ((affinity.at("topologyKey").text() ?? hostname) !== hostname) yield `Its topologyKey is not ${hostname}.`;
}
