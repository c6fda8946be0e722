import type { Field } from "../model/field.js";
import { isKind, kindOf } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

const group = "rbac.authorization.k8s.io";
const isRole = isKind(`${group}/Role`, `${group}/ClusterRole`);
const isBinding = isKind(`${group}/RoleBinding`, `${group}/ClusterRoleBinding`);

const broadRoles = ["admin", "cluster-admin", "edit"];
const anybody = ["system:anonymous", "system:authenticated", "system:unauthenticated", "system:serviceaccounts"];
const verbsToMoreRights = ["bind", "escalate", "impersonate"];
const verbsThatRead = ["get", "list", "watch"];
const waysIn = ["nodes/proxy", "pods/attach", "pods/ephemeralcontainers", "pods/exec", "pods/portforward"];

export const rbacMinimal = resourceRule({
  name: "rbac-minimal",
  title: "Roles grant what is needed, to whom it is needed",
  severity: "high",
  level: "mandatory",
  why: "Wildcards grant what comes tomorrow as well; who reads all Secrets, enters pods or grants roles owns the cluster.",
  remedy:
    "Name API groups, resources and verbs; name the Secrets under resourceNames; bind a role of your own to one ServiceAccount.",
  parameters: noParameters,
  appliesTo: (resource) => isRole(resource) || isBinding(resource),
  *judge(resource) {
    if (isRole(resource)) {
      if (resource.inputs.at("aggregationRule").isSet) yield "aggregationRule grants what other roles come to grant.";
      for (const rule of resource.inputs.at("rules").list()) yield* judgeRule(rule);
      return;
    }
    const role = resource.inputs.at("roleRef", "name").text() ?? "";
    if (broadRoles.includes(role)) yield `It binds the role ${role}.`;
    for (const subject of resource.inputs.at("subjects").list())
      if (anybody.some((each) => subject.at("name").text()?.startsWith(each)))
        yield `${subject.path} is a group that anybody may be in.`;
    if (kindOf(resource) === `${group}/ClusterRoleBinding` && role === "view")
      yield "It lets its subjects look everywhere.";
  },
});

function* judgeRule(rule: Field): Iterable<string> {
  const of = (key: string) => rule.at(key).texts();
  for (const key of ["apiGroups", "resources", "verbs"])
    if (of(key).some((value) => value.includes("*"))) yield `${rule.path}.${key} has a wildcard.`;
  const verbs = of("verbs");
  const more = verbs.filter((verb) => verbsToMoreRights.includes(verb));
  if (more.length > 0) yield `${rule.path} grants ${more.join(", ")}.`;
  if (
    of("resources").includes("secrets") &&
    of("resourceNames").length === 0 &&
    verbs.some((verb) => verbsThatRead.includes(verb))
  )
    yield `${rule.path} reads every Secret.`;
  const entered = of("resources").filter((resource) => waysIn.includes(resource));
  if (entered.length > 0) yield `${rule.path} opens ${entered.join(", ")}.`;
}
