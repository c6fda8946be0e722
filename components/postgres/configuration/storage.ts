import { clamp, type DatabaseSettings, type MemberResources, mebibyte, streamRate, walSegment } from "./settings.js";

/** What may be on a member's volume, in bytes. */
export interface StorageBudget {
  /** Tables and indexes, at most. */
  data: number;
  /** All of `pg_wal`: a fifth of the volume. */
  wal: number;
  /** WAL that a slot may hold back for an absent member, at most 60 % of {@link wal}. */
  slots: number;
  /** WAL that an unreachable repository may hold back; what exceeds it is dropped. */
  archiveQueue: number;
  /** WAL between two checkpoints, the soft limit `max_wal_size`. */
  checkpoint: number;
  /** WAL that is kept for members without a slot. */
  keep: number;
  /** Temporary files of one session. */
  temporary: number;
}

/** Seconds between checkpoints at the rate that the link carries. */
export const checkpointInterval = 600;

/** The least `max_wal_size` that leaves room for a checkpoint that is under way: four segments. */
export const leastCheckpoint = 4 * walSegment;

/**
 * Divides a member's volume. A fifth is WAL: of 500 GB that leaves slots the 60 GB and the archive queue the 45 GB that
 * the design plans with; both hold back the same segments, so that their sum does not matter. A twentieth is left for
 * each session's sorts, and the rest of what is not data for bloat and for `pg_rewind`.
 *
 * The longest crash recovery is the WAL of one checkpoint, 10 minutes of what a link carries: at 50 megabits about
 * 1.9 GB, which replays within `primary_start_timeout` at 50 MB/s.
 */
export function storageBudget(settings: DatabaseSettings, { volume }: MemberResources): StorageBudget {
  const wal = 0.2 * volume;
  return {
    data: 0.7 * volume,
    wal,
    slots: 0.6 * wal,
    archiveQueue: 0.45 * wal,
    checkpoint: clamp(
      checkpointInterval * streamRate(settings),
      leastCheckpoint,
      Math.max(leastCheckpoint, 0.25 * wal),
    ),
    keep: clamp(0.02 * wal, 2 * walSegment, 2048 * mebibyte),
    temporary: 0.05 * volume,
  };
}
