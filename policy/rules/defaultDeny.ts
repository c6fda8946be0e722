import { z } from "zod";
import type { Resource, Stack } from "../model/resource.js";
import { isKind, kindOf } from "../kubernetes/objectType.js";
import { namespaceOf, objectName } from "../kubernetes/metadata.js";
import { selectorOf } from "../kubernetes/selector.js";
import { isWorkload } from "../kubernetes/workload.js";
import { stackRule } from "../rule.js";

const isPolicy = isKind("networking.k8s.io/NetworkPolicy");

export const defaultDeny = stackRule({
  name: "default-deny",
  title: "Every namespace denies all traffic by default, in both directions",
  severity: "high",
  level: "mandatory",
  why: "A pod that no policy selects may reach, and be reached by, everything: one broken service is then all of them.",
  remedy:
    "Register a NetworkPolicy with an empty podSelector and policyTypes Ingress and Egress, without rules, in the namespace.",
  parameters: z.strictObject({
    /** Namespaces that somebody else closes, such as kube-system. */
    others: z.array(z.string()).default([]),
  }),
  appliesTo: (resource) => kindOf(resource) === "Namespace" || isWorkload(resource),
  *judge(resource, stack, { others }) {
    const isNamespace = kindOf(resource) === "Namespace";
    const namespace = isNamespace ? objectName(resource) : namespaceOf(resource);
    if (namespace === undefined) yield "It has no name, so nothing can be said of its policies.";
    else if (!others.includes(namespace) && !isClosed(namespace, stack))
      yield isNamespace
        ? "No NetworkPolicy denies all of its traffic."
        : `Its namespace "${namespace}" has no NetworkPolicy that denies all traffic.`;
  },
});

const isClosed = (namespace: string, { resources }: Stack): boolean =>
  resources.some((policy) => isPolicy(policy) && namespaceOf(policy) === namespace && deniesAll(policy));

function deniesAll({ inputs }: Resource): boolean {
  const spec = inputs.at("spec");
  // An absent podSelector is refused by the API server; only an empty one selects every pod.
  if (selectorOf(spec.at("podSelector"))?.isEmpty !== true) return false;
  const types = spec.at("policyTypes").texts();
  const hasRules = spec.at("ingress").list().length + spec.at("egress").list().length > 0;
  return types.includes("Ingress") && types.includes("Egress") && !hasRules;
}
