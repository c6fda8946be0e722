import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { validateWorkload, type WorkloadArgs } from "./arguments.js";
import { childOptions, companionList, companions } from "./companions.js";
import { metadata } from "./deployment.js";
import { podTemplate } from "./podTemplate.js";

/** How a run ends when it does not succeed. */
export interface RunArgs {
  /** Attempts after the first. @default 3 */
  backoffLimit?: number;
  /** Seconds after which a run is stopped and counts as failed. */
  activeDeadlineSeconds: number;
}

export interface JobArgs extends WorkloadArgs, RunArgs {
  /** Whether an `up` waits for the end of the run and fails with it. @default true */
  awaited?: boolean;
}

/**
 * A task that runs once to completion, such as a database migration. A Job's template can't be changed, so each
 * distinct set of arguments is a Job of its own, named by a hash of them; a finished one is kept until then.
 */
export class Job extends pulumi.ComponentResource {
  readonly job: kubernetes.batch.v1.Job;

  constructor(name: string, args: JobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:workload:Job", name, {}, opts);
    validateWorkload(args);
    const parent = childOptions(this, opts);

    const prepared = companions(name, { metricsPort: false, ...args }, parent);
    const spec = jobSpec({ metricsPort: false, ...args });
    this.job = new kubernetes.batch.v1.Job(
      `${name}-job`,
      {
        metadata: {
          ...metadata(args),
          ...(args.awaited === false && { annotations: { "pulumi.com/skipAwait": "true" } }),
          // Ten digits of a hash over a hash give nothing of a secret away, and a name can't be one.
          name: pulumi.unsecret(pulumi.jsonStringify(spec).apply((text) => `${args.name}-${hash(text)}`)),
        },
        spec,
      },
      {
        ...parent,
        dependsOn: companionList(prepared),
        // The provider waits ten minutes by default, and says that a Job has failed which goes on.
        customTimeouts: { create: `${args.activeDeadlineSeconds + verdictSeconds}s` },
      },
    );
    this.registerOutputs({});
  }
}

/** Seconds after the end of a Job's own patience in which its controller says so. */
const verdictSeconds = 60;

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 10);

/** The specification that Jobs and CronJobs share. */
export function jobSpec(args: WorkloadArgs & RunArgs): kubernetes.types.input.batch.v1.JobSpec {
  return {
    backoffLimit: args.backoffLimit ?? 3,
    activeDeadlineSeconds: args.activeDeadlineSeconds,
    template: podTemplate({ workload: args, restartPolicy: "Never", spread: false }),
  };
}
