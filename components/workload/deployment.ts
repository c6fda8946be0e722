import type { types } from "@pulumi/kubernetes";
import type { WorkloadArgs } from "./arguments.js";
import { podTemplate, workloadLabels, workloadSelector, type PodTemplateArgs } from "./podTemplate.js";

/**
 * A Deployment without a replica count: its autoscaler owns that field, and a second owner would fight it at every
 * `up`.
 */
export function deployment(args: Omit<PodTemplateArgs, "spread">): types.input.apps.v1.Deployment {
  const { workload } = args;
  return {
    metadata: metadata(workload),
    spec: {
      selector: { matchLabels: { ...workloadSelector(workload) } },
      // A new replica is Ready before an old one goes: capacity never drops during a roll-out.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 300,
      template: podTemplate({ ...args, spread: true }),
    },
  };
}

export const metadata = (workload: WorkloadArgs): types.input.meta.v1.ObjectMeta => ({
  name: workload.name,
  namespace: workload.namespace,
  labels: { ...workloadLabels(workload) },
});
