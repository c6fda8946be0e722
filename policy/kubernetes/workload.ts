import type { Field } from "../model/field.js";
import type { Resource, Stack } from "../model/resource.js";
import { isKind, kindOf } from "./objectType.js";
import { namespaceOf, objectName } from "./metadata.js";
import type { Labels } from "./selector.js";

/** Where the template of the pods is, by the kind of what starts them. */
const templates: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ["template"],
  ReplicationController: ["spec", "template"],
  "apps/DaemonSet": ["spec", "template"],
  "apps/Deployment": ["spec", "template"],
  "apps/ReplicaSet": ["spec", "template"],
  "apps/StatefulSet": ["spec", "template"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template"],
  "batch/Job": ["spec", "template"],
};

/** Everything that pods are started from. */
export const isWorkload = isKind(...Object.keys(templates));

/** Workloads whose pods are meant to run for ever. */
export const isLongRunning = isKind(
  "Pod",
  "ReplicationController",
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/ReplicaSet",
  "apps/StatefulSet",
);

/** Workloads of a number of replicas that may be drained one by one. */
export const isReplicated = isKind("ReplicationController", "apps/Deployment", "apps/ReplicaSet", "apps/StatefulSet");

/** The template of a workload's pods: `metadata` and `spec`. */
export const podTemplateOf = (workload: Resource): Field =>
  workload.inputs.at(...(templates[kindOf(workload) ?? ""] ?? []));

export const podSpecOf = (workload: Resource): Field => podTemplateOf(workload).at("spec");
export const podLabelsOf = (workload: Resource): Labels =>
  podTemplateOf(workload).at("metadata", "labels").textsByKey();

export const workloadsOf = ({ resources }: Stack): Resource[] => resources.filter(isWorkload);

/** Every container of the pods: ordinary ones, those that run before them, and those for debugging. */
export function containersOf(podSpec: Field): Field[] {
  return ["containers", "initContainers", "ephemeralContainers"].flatMap((key) => podSpec.at(key).list());
}

/** The containers that run as long as the pod does: ordinary ones, and sidecars among those that run before. */
export function longRunningContainersOf(podSpec: Field): Field[] {
  const sidecars = podSpec
    .at("initContainers")
    .list()
    .filter((container) => container.at("restartPolicy").text() === "Always");
  return [...podSpec.at("containers").list(), ...sidecars];
}

/** A container as people find it. */
export const describeContainer = (container: Field): string => {
  const name = container.at("name").text();
  return name === undefined ? `the container at ${container.path}` : `container "${name}"`;
};

/**
 * The least number of replicas that a workload has: the autoscaler's minimum where there is one.
 * @throws NotKnownError when an autoscaler of the stack may be its own.
 */
export function replicasOf(workload: Resource, stack: Stack): number {
  const autoscaler = autoscalerOf(workload, stack);
  if (autoscaler !== undefined) return autoscaler.inputs.at("spec", "minReplicas").number() ?? 1;
  return workload.inputs.at("spec", "replicas").number() ?? 1;
}

const isAutoscaler = isKind("autoscaling/HorizontalPodAutoscaler");

function autoscalerOf(workload: Resource, stack: Stack): Resource | undefined {
  const kind = kindOf(workload)?.split("/").at(-1);
  return stack.resources.filter(isAutoscaler).find((autoscaler) => {
    const target = autoscaler.inputs.at("spec", "scaleTargetRef");
    return (
      target.at("kind").text() === kind &&
      target.at("name").text() === objectName(workload) &&
      namespaceOf(autoscaler) === namespaceOf(workload)
    );
  });
}
