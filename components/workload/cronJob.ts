import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { validateWorkload, type WorkloadArgs } from "./arguments.js";
import { childOptions, companionList, companions } from "./companions.js";
import { metadata } from "./deployment.js";
import { jobSpec, type RunArgs } from "./job.js";

export interface CronJobArgs extends WorkloadArgs, RunArgs {
  /** Five-field cron expression, e.g. `0 3 * * *` for three in the morning. */
  schedule: string;
  /** IANA time zone of the schedule. @default "Asia/Jakarta" */
  timeZone?: string;
  /**
   * Seconds that a missed start may be late; later than that it is skipped until the next one.
   * @default 300
   */
  startingDeadlineSeconds?: number;
}

/** A task that runs on a schedule. Runs never overlap. */
export class CronJob extends pulumi.ComponentResource {
  readonly cronJob: kubernetes.batch.v1.CronJob;

  constructor(name: string, args: CronJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:workload:CronJob", name, {}, opts);
    validateWorkload(args);
    const parent = childOptions(this, opts);

    const prepared = companions(name, { metricsPort: false, ...args }, parent);
    this.cronJob = new kubernetes.batch.v1.CronJob(
      `${name}-cron-job`,
      {
        metadata: metadata(args),
        spec: {
          schedule: args.schedule,
          timeZone: args.timeZone ?? "Asia/Jakarta",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: args.startingDeadlineSeconds ?? 300,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            metadata: { labels: metadata(args).labels ?? {} },
            spec: jobSpec({ metricsPort: false, ...args }),
          },
        },
      },
      { ...parent, dependsOn: companionList(prepared) },
    );
    this.registerOutputs({});
  }
}
