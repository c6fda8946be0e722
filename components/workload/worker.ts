import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { horizontalPodAutoscaler, type Scaling } from "../kubernetes/index.js";
import { validateWorkload, type WorkloadArgs } from "./arguments.js";
import { childOptions, companionList, companions, registerAutoscaler, registerDisruptionBudget } from "./companions.js";
import { deployment } from "./deployment.js";
import { metricsService } from "./metricsService.js";

export interface WorkerArgs extends WorkloadArgs {
  scaling: Scaling;
  /**
   * Command that exits 0 while the worker makes progress; a worker that hangs is restarted.
   * @default none: only a crash restarts it
   */
  livenessCommand?: readonly string[];
}

/** A process that nobody calls, such as a queue consumer: like a {@link WebService} without a port of its own. */
export class Worker extends pulumi.ComponentResource {
  readonly deployment: kubernetes.apps.v1.Deployment;

  constructor(name: string, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:workload:Worker", name, {}, opts);
    validateWorkload(args);
    const parent = childOptions(this, opts);

    const prepared = companions(name, args, parent);
    this.deployment = new kubernetes.apps.v1.Deployment(
      `${name}-deployment`,
      deployment({
        workload: args,
        ...(args.livenessCommand && { probes: commandProbe(args.livenessCommand) }),
      }),
      { ...parent, dependsOn: companionList(prepared) },
    );
    metricsService(name, args, parent);
    registerDisruptionBudget(name, args, args.scaling.minimum, parent);
    registerAutoscaler(name, args, horizontalPodAutoscaler(args.name, args.scaling), {
      ...parent,
      dependsOn: [this.deployment],
    });
    this.registerOutputs({});
  }
}

const commandProbe = (command: readonly string[]) => ({
  livenessProbe: { exec: { command: [...command] }, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 3 },
});
