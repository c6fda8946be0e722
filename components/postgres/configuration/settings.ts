import type { DatabaseTopology, MemberSet } from "../layout.js";

/** What one PostgreSQL pod has. */
export interface MemberResources {
  /** Memory limit of the container that PostgreSQL and Patroni share, in bytes. */
  memory: number;
  /** CPU limit in cores; a fraction counts as the share that it is. */
  cpu: number;
  /** Size of the volume with data, WAL and spool, in bytes. */
  volume: number;
}

/** Timers of Patroni in seconds. */
export interface Timers {
  /** How long the leader's lock outlives its leader. @default 30 */
  ttl: number;
  /** Pause between two rounds of every member. @default 4 */
  loopWait: number;
  /** How long etcd or PostgreSQL may not answer before the leader gives up. @default 6 */
  retryTimeout: number;
}

/**
 * `async`: a commit waits for no other city, and a partition can lose what was acknowledged in its last 10 seconds.
 * `quorum`: a commit waits for two standbys, of which at least one is in another city, and nothing is lost.
 */
export type Commit = "async" | "quorum";

/**
 * Everything that decides how the data tier is configured. All cities must be given the same settings: part of what
 * follows from them is shared through etcd, where the last city to write would win.
 */
export interface DatabaseSettings {
  topology: DatabaseTopology;
  /** Resources of each pod of a set. */
  sets: Readonly<Record<MemberSet, MemberResources>>;
  /** What a city's link may carry for the databases, in megabits a second (M18). */
  linkMegabits: number;
  /** @default "async" */
  commit?: Commit;
  /** @default 30, 4 and 6 seconds */
  timers?: Timers;
  /** WAL that a member may lack and still become primary, in bytes. @default what the link carries in 10 s, at least 32 MiB */
  maximumLagOnFailover?: number;
  /** @default by {@link connectionBudget} */
  maxConnections?: number;
  /** Roles that log in through the poolers: with fewer server connections they would close each other's. @default 1 */
  applications?: number;
  /** Pods of the entry points in a city, each with a pooler for every entry point. @default 2 */
  poolersPerCity?: number;
}

export const mebibyte = 2 ** 20;

/** Size of a WAL segment in bytes: the default of initdb, which the lag limits and WAL budgets build on. */
export const walSegment = 16 * mebibyte;

/**
 * `loop_wait + retry_timeout` bounds how long an isolated primary goes on acknowledging: 10 s, measured 6.1 and 9.3 s.
 * The lock lives long, so that replicas are patient, and the primary gives up early.
 */
export const defaultTimers: Readonly<Timers> = { ttl: 30, loopWait: 4, retryTimeout: 6 };

export const timersOf = ({ timers }: DatabaseSettings): Readonly<Timers> => timers ?? defaultTimers;

/** What one stream of WAL to another city may use, in bytes a second: the primary sends one to each. */
export const streamRate = ({ linkMegabits, topology }: DatabaseSettings): number =>
  (linkMegabits * 1e6) / 8 / Math.max(1, topology.cities.length - 1);

/**
 * Bytes of WAL that a candidate may lack: what a stream carries in the 10 s that may be lost, and never less than two
 * segments. The end of a segment counts as 16 MiB of lag, so that a smaller limit blocks failover under load (Patroni
 * issues 1849 and 1858; Spilo ships 32 MiB).
 */
export const maximumLag = (settings: DatabaseSettings): number =>
  settings.maximumLagOnFailover ?? Math.max(2 * walSegment, Math.round(10 * streamRate(settings)));

/** Bytes as PostgreSQL and pgBackRest both read them, in whole mebibytes. PostgreSQL's `MB` is a mebibyte. */
export const postgresSize = (bytes: number): string => `${Math.floor(bytes / mebibyte)}MB`;

export const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
