import type { Resource, Stack } from "../model/resource.js";
import { isKind } from "../kubernetes/objectType.js";
import { namespaceOf } from "../kubernetes/metadata.js";
import { isWorkload, podSpecOf } from "../kubernetes/workload.js";
import { noParameters } from "../noParameters.js";
import { stackRule } from "../rule.js";

const isBinding = isKind("rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding");

export const serviceAccount = stackRule({
  name: "service-account",
  title: "Pods have a ServiceAccount of their own, and a token only where a role is bound to it",
  severity: "medium",
  level: "mandatory",
  why: "What is granted to a shared account is granted to all its pods, and a token that nobody needs only helps an intruder.",
  remedy: "Set serviceAccountName, and automountServiceAccountToken: false in the pod.",
  parameters: noParameters,
  appliesTo: isWorkload,
  *judge(workload, stack) {
    const podSpec = podSpecOf(workload);
    const account = podSpec.at("serviceAccountName").text() ?? podSpec.at("serviceAccount").text() ?? "default";
    if (account === "default") yield "It runs as the default ServiceAccount of its namespace.";
    if (podSpec.at("automountServiceAccountToken").boolean() === false) return;
    if (!isBound(account, workload, stack))
      yield "It mounts a token, and no role of the stack is bound to its account.";
  },
});

const isBound = (account: string, workload: Resource, { resources }: Stack): boolean =>
  resources.filter(isBinding).some((binding) =>
    binding.inputs
      .at("subjects")
      .list()
      .some(
        (subject) =>
          subject.at("kind").text() === "ServiceAccount" &&
          subject.at("name").text() === account &&
          (subject.at("namespace").text() ?? namespaceOf(binding)) === namespaceOf(workload),
      ),
  );
