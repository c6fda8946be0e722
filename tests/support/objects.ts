import type { types } from "@pulumi/kubernetes";
import type { CapturedResource } from "../../local/render/capture.js";
import { manifestsOf } from "../../local/render/manifests.js";
import { redactSecrets } from "../../local/render/secrets.js";

interface Kinds {
  ConfigMap: types.output.core.v1.ConfigMap;
  CronJob: types.output.batch.v1.CronJob;
  DaemonSet: types.output.apps.v1.DaemonSet;
  Deployment: types.output.apps.v1.Deployment;
  HorizontalPodAutoscaler: types.output.autoscaling.v2.HorizontalPodAutoscaler;
  Ingress: types.output.networking.v1.Ingress;
  Job: types.output.batch.v1.Job;
  LimitRange: types.output.core.v1.LimitRange;
  Namespace: types.output.core.v1.Namespace;
  NetworkPolicy: types.output.networking.v1.NetworkPolicy;
  PodDisruptionBudget: types.output.policy.v1.PodDisruptionBudget;
  ResourceQuota: types.output.core.v1.ResourceQuota;
  Role: types.output.rbac.v1.Role;
  RoleBinding: types.output.rbac.v1.RoleBinding;
  Secret: types.output.core.v1.Secret;
  Service: types.output.core.v1.Service;
  ServiceAccount: types.output.core.v1.ServiceAccount;
  StatefulSet: types.output.apps.v1.StatefulSet;
}

export type Kind = keyof Kinds;
export type PodTemplate = types.output.core.v1.PodTemplateSpec;

/** What stands in a namespace. */
export const within = (resources: readonly CapturedResource[], namespace: string): CapturedResource[] =>
  resources.filter(({ inputs }) => (inputs.metadata as { namespace?: unknown } | undefined)?.namespace === namespace);

/** The Kubernetes objects of a kind, secrets redacted. */
export function objectsOf<K extends Kind>(resources: readonly CapturedResource[], kind: K): Kinds[K][] {
  const stack = { project: "nusantara", stack: "test", resources: [...resources], outputs: {} };
  const manifests: unknown[] = manifestsOf(stack, redactSecrets).filter((manifest) => manifest.kind === kind);
  return manifests as Kinds[K][];
}

/** The one object of a kind, or the one of a name. */
export function objectOf<K extends Kind>(resources: readonly CapturedResource[], kind: K, name?: string): Kinds[K] {
  const found = objectsOf(resources, kind).filter(({ metadata }) => name === undefined || metadata.name === name);
  const [object] = found;
  if (object === undefined || found.length > 1) throw new Error(`there are ${found.length} ${kind}s ${name ?? ""}`);
  return object;
}

/** Everything that pods are started from, by the name of its object. */
export const podTemplatesOf = (resources: readonly CapturedResource[]): [string, PodTemplate][] => [
  ...(["Deployment", "DaemonSet", "Job", "StatefulSet"] as const).flatMap((kind) =>
    objectsOf(resources, kind).map(({ metadata, spec }): [string, PodTemplate] => [metadata.name, spec.template]),
  ),
  ...objectsOf(resources, "CronJob").map(({ metadata, spec }): [string, PodTemplate] => [
    metadata.name,
    spec.jobTemplate.spec.template,
  ]),
];

/** All containers of a pod, those that start before the others first. */
export function allContainersOf(spec: PodTemplate["spec"]): types.output.core.v1.Container[] {
  const { initContainers = [], containers } = spec as Partial<PodTemplate["spec"]>;
  return [...initContainers, ...(containers ?? [])];
}

/** What a bundle starts pods from. */
export function podTemplateOf(resources: readonly CapturedResource[]): PodTemplate {
  const templates = podTemplatesOf(resources).map(([, template]) => template);
  const [template] = templates;
  if (template === undefined || templates.length > 1) throw new Error(`there are ${templates.length} pod templates`);
  return template;
}

/** The only container of a pod template. */
export function containerOf({ spec }: PodTemplate): types.output.core.v1.Container {
  const [container] = spec.containers;
  if (container === undefined || spec.containers.length > 1) throw new Error("a pod has one container here");
  return container;
}
