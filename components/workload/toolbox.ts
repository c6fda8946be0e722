import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { validateWorkload, type WorkloadArgs } from "./arguments.js";
import { childOptions, companionList, companions } from "./companions.js";
import { metadata } from "./deployment.js";
import { podTemplate, workloadSelector } from "./podTemplate.js";

export type ToolboxArgs = Omit<WorkloadArgs, "command" | "arguments" | "metricsPort">;

/** Waits until it is ended. As the first process of its container a plain `sleep` would ignore the signal. */
const idle = ["/bin/sh", "-c", "trap 'exit 0' TERM; sleep infinity & wait"];

/**
 * A pod that people work in with `kubectl exec`. None runs until somebody scales the Deployment to one, and an `up` may
 * scale it to none again.
 */
export class Toolbox extends pulumi.ComponentResource {
  readonly deployment: kubernetes.apps.v1.Deployment;

  constructor(name: string, args: ToolboxArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:workload:Toolbox", name, {}, opts);
    const workload: WorkloadArgs = { ...args, command: idle, metricsPort: false };
    validateWorkload(workload);
    const parent = childOptions(this, opts);

    const prepared = companions(name, workload, parent);
    this.deployment = new kubernetes.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: metadata(workload),
        spec: {
          replicas: 0,
          selector: { matchLabels: { ...workloadSelector(workload) } },
          // A second one would not see what was done in the first.
          strategy: { type: "Recreate" },
          revisionHistoryLimit: 1,
          template: podTemplate({ workload, spread: false }),
        },
      },
      { ...parent, dependsOn: companionList(prepared) },
    );
    this.registerOutputs({});
  }
}
