import { z } from "zod";
import type { Resource, Stack } from "../model/resource.js";
import { isDatabase } from "../kubernetes/database.js";
import { isKind, kindOf } from "../kubernetes/objectType.js";
import { labelsOf, namespaceOf, objectName } from "../kubernetes/metadata.js";
import { podLabelsOf } from "../kubernetes/workload.js";
import { stackRule } from "../rule.js";

const parameters = z.strictObject({
  /** Days that backups are kept, where the resource itself says how long. */
  minimumDays: z.int().min(1).default(7),
  /** Values of the label `app`, and names of images, by which the pods of a database are known. */
  databases: z.array(z.string()).default(["postgres", "mysql"]),
  /** Names that a CronJob which backs a database up may have (`app.kubernetes.io/name`). */
  jobs: z.array(z.string()).default(["backup"]),
});
type Parameters = z.output<typeof parameters>;

/** M14 */
export const backupConfigured = stackRule({
  name: "backup-configured",
  title: "Every database is backed up",
  severity: "critical",
  level: "mandatory",
  why: "Replication copies a mistake as fast as everything else; only a backup brings back what was there before.",
  remedy:
    "Register a CronJob named backup with the database's app.kubernetes.io/part-of label; for CloudNativePG set backup and retentionPolicy and register a ScheduledBackup; for RDS set backupRetentionPeriod.",
  parameters,
  appliesTo: (resource) => kindOf(resource) === "apps/StatefulSet" || resource.type in judges || isCluster(resource),
  *judge(resource, stack, given) {
    if (isCluster(resource)) yield* judgeCluster(resource, stack, given);
    else if (resource.type in judges) yield* judges[resource.type]?.(resource, given) ?? [];
    else yield* judgeSet(resource, stack, given);
  },
});

const isCluster = isKind("postgresql.cnpg.io/Cluster");
const isScheduledBackup = isKind("postgresql.cnpg.io/ScheduledBackup");
const isCronJob = isKind("batch/CronJob");
const partOf = "app.kubernetes.io/part-of";

const judges: Readonly<Record<string, (resource: Resource, given: Parameters) => Iterable<string>>> = {
  "aws:rds/cluster:Cluster": judgeRds,
  "aws:rds/instance:Instance": judgeRds,
};

function* judgeSet(set: Resource, stack: Stack, { databases, jobs }: Parameters): Iterable<string> {
  if (!isDatabase(set, databases)) return;
  const labels = podLabelsOf(set);
  const backups = stack.resources.filter(
    (job) =>
      isCronJob(job) &&
      namespaceOf(job) === namespaceOf(set) &&
      labels[partOf] !== undefined &&
      labelsOf(job)[partOf] === labels[partOf] &&
      jobs.includes(labelsOf(job)["app.kubernetes.io/name"] ?? ""),
  );
  if (backups.length === 0) yield "No CronJob of its namespace and system backs it up.";
  else if (backups.every((job) => job.inputs.at("spec", "suspend").boolean() === true))
    yield "The CronJob that backs it up is suspended.";
}

function* judgeCluster(cluster: Resource, stack: Stack, { minimumDays }: Parameters): Iterable<string> {
  const backup = cluster.inputs.at("spec", "backup");
  if (!backup.at("barmanObjectStore").isGiven && !backup.at("volumeSnapshot").isGiven) {
    yield "It has no spec.backup.";
    return;
  }
  const days = daysOf(backup.at("retentionPolicy").text());
  if (days === undefined || days < minimumDays) yield `Its retentionPolicy is not at least ${minimumDays} days.`;
  const scheduled = stack.resources.some(
    (each) =>
      isScheduledBackup(each) &&
      namespaceOf(each) === namespaceOf(cluster) &&
      each.inputs.at("spec", "cluster", "name").text() === objectName(cluster) &&
      each.inputs.at("spec", "suspend").boolean() !== true,
  );
  if (!scheduled) yield "No ScheduledBackup names it.";
}

/** `"30d"` → 30; weeks and months likewise. */
function daysOf(policy: string | undefined): number | undefined {
  const [, count, unit] = /^([1-9]\d*)([dwm])$/.exec(policy ?? "") ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return Number(count) * { d: 1, w: 7, m: 30 }[unit as "d" | "w" | "m"];
}

function* judgeRds({ inputs }: Resource, { minimumDays }: Parameters): Iterable<string> {
  const days = inputs.at("backupRetentionPeriod").number() ?? 0;
  if (days < minimumDays) yield `backupRetentionPeriod is ${days} of at least ${minimumDays} days.`;
}
