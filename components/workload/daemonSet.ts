import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { validateWorkload, type WorkloadArgs } from "./arguments.js";
import { childOptions, companionList, companions } from "./companions.js";
import { metadata } from "./deployment.js";
import { metricsService } from "./metricsService.js";
import { podTemplate, workloadSelector } from "./podTemplate.js";

export interface DaemonSetArgs extends WorkloadArgs {
  /** Nodes that may be without the pod at once during a roll-out: a count or a percentage. @default 1 */
  maxUnavailable?: number | string;
}

/** One pod on every node that the placement allows. */
export class DaemonSet extends pulumi.ComponentResource {
  readonly daemonSet: kubernetes.apps.v1.DaemonSet;

  constructor(name: string, args: DaemonSetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:workload:DaemonSet", name, {}, opts);
    validateWorkload(args);
    const parent = childOptions(this, opts);

    const prepared = companions(name, args, parent);
    this.daemonSet = new kubernetes.apps.v1.DaemonSet(
      `${name}-daemon-set`,
      {
        metadata: metadata(args),
        spec: {
          selector: { matchLabels: { ...workloadSelector(args) } },
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: args.maxUnavailable ?? 1 } },
          revisionHistoryLimit: 5,
          template: podTemplate({ workload: args, spread: false }),
        },
      },
      { ...parent, dependsOn: companionList(prepared) },
    );
    metricsService(name, args, parent);
    this.registerOutputs({});
  }
}
