import { z } from "zod";
import type { Resource, Stack } from "../model/resource.js";
import { isKind, kindOf } from "../kubernetes/objectType.js";
import { namespaceOf, objectName } from "../kubernetes/metadata.js";
import { labelMapSelector, selectorOf, type Selector } from "../kubernetes/selector.js";
import { podLabelsOf, workloadsOf } from "../kubernetes/workload.js";
import { stackRule } from "../rule.js";

type Judge = (resource: Resource, stack: Stack) => Iterable<string>;

const networkPolicy = "networking.k8s.io/NetworkPolicy";

const judges: Readonly<Record<string, Judge>> = {
  Service: judgeService,
  "apps/StatefulSet": judgeSet,
  "autoscaling/HorizontalPodAutoscaler": judgeAutoscaler,
  "networking.k8s.io/Ingress": judgeIngress,
  [networkPolicy]: judgePolicy,
};

export const danglingReference = stackRule({
  name: "dangling-reference",
  title: "What an object selects or names is there",
  severity: "medium",
  level: "mandatory",
  why: "A Service that selects nothing answers nobody, a policy that selects nothing closes nothing, and neither says so.",
  remedy: "Correct the selector, the name or the namespace, or register what is meant in the same stack.",
  parameters: z.strictObject({
    /** Namespaces whose workloads a Helm Release makes, so that no policy for them can be held against their pods. */
    released: z.array(z.string()).default([]),
  }),
  appliesTo: isKind(...Object.keys(judges)),
  judge(resource, stack, { released }) {
    const kind = kindOf(resource) ?? "";
    if (kind === networkPolicy && released.includes(namespaceOf(resource))) return [];
    return judges[kind]?.(resource, stack) ?? [];
  },
});

const selectsPods = (selector: Selector, resource: Resource, stack: Stack): boolean =>
  workloadsOf(stack).some(
    (workload) => namespaceOf(workload) === namespaceOf(resource) && selector.matches(podLabelsOf(workload)),
  );

const find = (kind: string, name: string | undefined, resource: Resource, { resources }: Stack): Resource | undefined =>
  resources
    .filter(isKind(kind))
    .find((each) => objectName(each) === name && namespaceOf(each) === namespaceOf(resource));

function* judgeService(service: Resource, stack: Stack): Iterable<string> {
  const selector = service.inputs.at("spec", "selector");
  // Without a selector somebody else writes the endpoints.
  if (!selector.isSet) return;
  if (!selectsPods(labelMapSelector(selector), service, stack))
    yield "It selects the pods of no workload of its namespace.";
}

function* judgePolicy(policy: Resource, stack: Stack): Iterable<string> {
  const selector = selectorOf(policy.inputs.at("spec", "podSelector"));
  if (selector !== undefined && !selector.isEmpty && !selectsPods(selector, policy, stack))
    yield "It selects the pods of no workload of its namespace.";
}

function* judgeSet(set: Resource, stack: Stack): Iterable<string> {
  const name = set.inputs.at("spec", "serviceName").text();
  if (name === undefined) return;
  const service = find("Service", name, set, stack);
  if (service === undefined) yield `Its Service "${name}" is not registered.`;
  else if (service.inputs.at("spec", "clusterIP").text() !== "None") yield `Its Service "${name}" is not headless.`;
}

function* judgeAutoscaler(autoscaler: Resource, stack: Stack): Iterable<string> {
  const target = autoscaler.inputs.at("spec", "scaleTargetRef");
  const [api = "", kind, name] = ["apiVersion", "kind", "name"].map((key) => target.at(key).text());
  const group = api.includes("/") ? `${api.split("/")[0] ?? ""}/` : "";
  if (find(`${group}${kind ?? ""}`, name, autoscaler, stack) === undefined)
    yield `What it scales, ${kind ?? "nothing"} "${name ?? ""}", is not registered.`;
}

function* judgeIngress(ingress: Resource, stack: Stack): Iterable<string> {
  const spec = ingress.inputs.at("spec");
  const backends = [
    spec.at("defaultBackend"),
    ...spec
      .at("rules")
      .list()
      .flatMap((rule) => rule.at("http", "paths").list())
      .map((path) => path.at("backend")),
  ];
  const names = new Set(backends.map((backend) => backend.at("service", "name").text()));
  for (const name of names)
    if (name !== undefined && find("Service", name, ingress, stack) === undefined)
      yield `Its Service "${name}" is not registered.`;
}
