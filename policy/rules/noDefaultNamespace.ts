import { isKind } from "../kubernetes/objectType.js";
import { namespaceOf } from "../kubernetes/metadata.js";
import { isWorkload } from "../kubernetes/workload.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

const isOther = isKind(
  "ConfigMap",
  "PersistentVolumeClaim",
  "Secret",
  "Service",
  "ServiceAccount",
  "networking.k8s.io/Ingress",
  "networking.k8s.io/NetworkPolicy",
  "policy/PodDisruptionBudget",
  "postgresql.cnpg.io/Cluster",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
);

export const noDefaultNamespace = resourceRule({
  name: "no-default-namespace",
  title: "Nothing is put into the namespace default",
  severity: "low",
  level: "mandatory",
  why: "Nobody owns that namespace: it has neither a quota nor policies, and what is there by mistake is never found.",
  remedy: "Set metadata.namespace to a namespace that the stack registers.",
  parameters: noParameters,
  appliesTo: (resource) => isWorkload(resource) || isOther(resource),
  *judge(resource) {
    if (namespaceOf(resource) === "default") yield "It is in the namespace default.";
  },
});
