import { memberSets, membersPerSet, type MemberSet } from "../layout.js";
import { connectionBudget, poolersPerCity, superuserReserved } from "./connections.js";
import { fixedParameters } from "./fixedParameters.js";
import { clamp, type DatabaseSettings, type MemberResources, mebibyte, postgresSize } from "./settings.js";
import { checkpointInterval, storageBudget } from "./storage.js";

/** PostgreSQL parameters by name, as Patroni takes them. */
export type Parameters = Record<string, string | number>;

/** Memory of Patroni in the same container, in bytes: a Python process of about 50 MiB. */
export const patroniMemory = 64 * mebibyte;

/** The least memory limit with which shared buffers, queries and maintenance keep useful sizes. */
export const leastMemory = 160 * mebibyte;

/**
 * Parameters that must be the same on every member, and which Patroni therefore takes from the dynamic configuration
 * only (`CMDLINE_OPTIONS` in patroni/postgresql/config.py). A standby with less than the primary does not start.
 */
export function clusterParameters(settings: DatabaseSettings): Parameters {
  const sets = memberSets.map((set) => settings.sets[set]);
  const members = settings.topology.cities.length * memberSets.length * membersPerSet;
  // Any member may lead all others, beside a base backup (two senders each) for every member of one city.
  const senders = members + 2 * memberSets.length * membersPerSet;
  return {
    max_connections: connectionBudget(settings).maxConnections,
    max_locks_per_transaction: 64,
    max_prepared_transactions: 0,
    max_replication_slots: senders,
    max_wal_senders: senders,
    max_worker_processes: Math.max(8, ...sets.map(({ cpu }) => Math.ceil(cpu))),
    // The rescue of a fork's tail shows when each lost transaction was committed.
    track_commit_timestamp: "on",
    wal_keep_size: postgresSize(Math.min(...sets.map((set) => storageBudget(settings, set).keep))),
    wal_level: "replica",
    // pg_rewind needs it, or checksums; Patroni 4 no longer forces it.
    wal_log_hints: "on",
  };
}

/** Memory parameters. `backends` is how many sessions are expected to sort or hash at the same time. */
function memoryParameters({ memory }: MemberResources, backends: number): Parameters {
  const available = memory - patroniMemory;
  // "A reasonable starting value is 25 % of the memory" (PostgreSQL documentation, resource consumption).
  const shared = available / 4;
  // Half of what is left is for queries, of which each may take hash_mem_multiplier (2) times work_mem for a hash;
  // the other half is the page cache's, which counts towards the container's limit as well.
  const work = (available - shared) / 2 / (2 * backends);
  return {
    // What shared buffers and the page cache hold together.
    effective_cache_size: postgresSize(0.75 * available),
    maintenance_work_mem: postgresSize(clamp(available / 16, 8 * mebibyte, 2048 * mebibyte)),
    shared_buffers: postgresSize(shared),
    work_mem: postgresSize(clamp(work, mebibyte, 1024 * mebibyte)),
  };
}

function workerParameters(set: MemberSet, { cpu }: MemberResources): Parameters {
  const cores = Math.max(1, Math.floor(cpu));
  return {
    autovacuum_max_workers: clamp(2 + Math.floor(cores / 8), 2, 6),
    max_parallel_maintenance_workers: Math.min(4, Math.floor(cores / 2)),
    max_parallel_workers: cores,
    // Many short statements share the cores of a core member; a report may have half of its machine.
    max_parallel_workers_per_gather:
      set === "core" ? Math.min(2, Math.floor(cores / 4)) : Math.min(8, Math.floor(cores / 2)),
  };
}

/** How long a replica lets its readers hold up replay. */
const standbyParameters: Readonly<Record<MemberSet, Parameters>> = {
  // A promotion waits for a conflicting reader as well, so that this is part of the RTO. In return the primary keeps
  // the rows that short readers see.
  core: { hot_standby_feedback: "on", max_standby_archive_delay: "10s", max_standby_streaming_delay: "10s" },
  // A report may run as long as the aggregation job (15 min) without bloating the primary; nobody waits for its replay.
  reporting: { hot_standby_feedback: "off", max_standby_archive_delay: "15min", max_standby_streaming_delay: "15min" },
};

/** Parameters that follow from the resources of a set and the city of the member. */
export function memberParameters(settings: DatabaseSettings, set: MemberSet, city: string): Parameters {
  const resources = settings.sets[set];
  const storage = storageBudget(settings, resources);
  const { pools } = connectionBudget(settings);
  const everywhere = poolersPerCity(settings) * settings.topology.cities.length;
  // The primary has the writes of all cities and the reads of its own; a reporting main may have all reports.
  const backends =
    set === "core"
      ? pools["pg-rw"] * everywhere + pools["pg-ro"] * poolersPerCity(settings)
      : pools["pg-report"] * everywhere;
  return {
    ...fixedParameters,
    ...memoryParameters(resources, backends),
    ...workerParameters(set, resources),
    ...standbyParameters[set],
    checkpoint_timeout: `${checkpointInterval}s`,
    max_slot_wal_keep_size: postgresSize(storage.slots),
    max_wal_size: postgresSize(storage.checkpoint),
    // Segments that are kept for reuse: a quarter, and never fewer than two.
    min_wal_size: postgresSize(Math.max(32 * mebibyte, storage.checkpoint / 4)),
    "nusantara.city": city,
    superuser_reserved_connections: superuserReserved,
    // One runaway sort must not fill the volume.
    temp_file_limit: postgresSize(storage.temporary),
  };
}

/** All parameters of a member: those of the cluster and its own. */
export const postgresParameters = (settings: DatabaseSettings, set: MemberSet, city: string): Parameters => ({
  ...clusterParameters(settings),
  ...memberParameters(settings, set, city),
});
