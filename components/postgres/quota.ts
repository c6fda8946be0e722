import { bytes, formatBytes, formatMillicores, millicores } from "../kubernetes/index.js";
import type { Quota, Resources } from "../workload/index.js";
import { entryPoints, membersPerSet } from "./layout.js";

/** Sizes of the containers of an entry point's pod. */
export interface EntryPointResources {
  haproxy: Resources;
  /** Of each of the three poolers. */
  pgbouncer: Resources;
}

export interface QuotaArgs {
  core: { resources: Resources };
  reporting: { resources: Resources };
  etcd: { resources: Resources };
  entryPoints: EntryPointResources & { replicas: number };
}

/** Of the containers beside PostgreSQL in a member's pod, two of them: they pass data on and hold next to nothing. */
export const sidecar: Resources = {
  requests: { cpu: "20m", memory: "32Mi" },
  limits: { cpu: "1", memory: "256Mi" },
};
export const sidecars = 2;

/** Of the exporter beside a pooler, measured: 14 MiB at the start, 20 MiB after 1000 scrapes, of 1.2 ms of a CPU each. */
export const poolerExporter: Resources = {
  requests: { cpu: "5m", memory: "24Mi" },
  limits: { cpu: "250m", memory: "64Mi" },
};

/** All containers of an entry point's pod. */
export const entryPointContainers = ({ haproxy, pgbouncer }: EntryPointResources): Resources[] => [
  haproxy,
  ...entryPoints.flatMap(() => [pgbouncer, poolerExporter]),
];

/** Of the Jobs that look after the database. */
export const operationsResources: Resources = {
  requests: { cpu: "50m", memory: "96Mi" },
  limits: { cpu: "1", memory: "512Mi" },
};

/** Of whatever restores: PostgreSQL with 256 MiB of shared buffers, two checks of indexes at a time, and the page cache. */
export const restoreResources: Resources = {
  requests: { cpu: "100m", memory: "512Mi" },
  limits: { cpu: "2", memory: "2Gi" },
};

/** Restores that may run at the same time: the weekly drill, and that of a person. */
const restores = 2;

/** Jobs that may run at the same time: reconcile, backup, its check and its verification, that of certificates, and a retry of one. */
const operations = 6;

/** What the data tier of a city may use: all that it is made of, and a second set of entry points during a roll-out. */
export function databaseQuota(args: QuotaArgs): Quota {
  const parts: (readonly [Resources, number])[] = [
    [args.core.resources, membersPerSet],
    [args.reporting.resources, membersPerSet],
    [sidecar, 2 * membersPerSet * sidecars],
    [args.etcd.resources, 1],
    ...entryPointContainers(args.entryPoints).map((resources) => [resources, 2 * args.entryPoints.replicas] as const),
    [operationsResources, operations],
    [restoreResources, restores],
  ];
  const sum = (kind: "requests" | "limits") => ({
    cpu: formatMillicores(parts.reduce((total, [part, count]) => total + count * millicores(part[kind].cpu), 0)),
    memory: formatBytes(parts.reduce((total, [part, count]) => total + count * bytes(part[kind].memory), 0)),
  });
  return {
    requests: sum("requests"),
    limits: sum("limits"),
    pods: 2 * membersPerSet + 1 + 2 * args.entryPoints.replicas + operations + restores,
  };
}
