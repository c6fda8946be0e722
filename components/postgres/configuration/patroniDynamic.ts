import { type DatabaseSettings, maximumLag, timersOf } from "./settings.js";
import { clusterParameters, type Parameters } from "./tuning.js";

/** The dynamic configuration of Patroni 4.0, the part that is the same for all members and lives in etcd. */
export interface PatroniDynamic {
  ttl: number;
  loop_wait: number;
  retry_timeout: number;
  maximum_lag_on_failover: number;
  max_timelines_history: number;
  check_timeline: boolean;
  failsafe_mode: boolean;
  primary_start_timeout: number;
  member_slots_ttl: string;
  synchronous_mode: false | "quorum";
  synchronous_mode_strict: boolean;
  synchronous_node_count: number;
  postgresql: {
    parameters: Parameters;
    use_pg_rewind: boolean;
    use_slots: boolean;
  };
}

/** Seconds that a crashed primary may take to start again before another city is asked: 4 + 60 + 4 is within 180. */
export const primaryStartTimeout = 60;

/**
 * The dynamic configuration, for the bootstrap and for `PATCH /config` afterwards: every key is always there, so that a
 * patch also takes back what an earlier setting did. Applying it twice changes nothing.
 */
export function patroniDynamic(settings: DatabaseSettings): PatroniDynamic {
  const timers = timersOf(settings);
  return {
    ttl: timers.ttl,
    loop_wait: timers.loopWait,
    retry_timeout: timers.retryTimeout,
    maximum_lag_on_failover: maximumLag(settings),
    max_timelines_history: 100,
    // A member on an older timeline cannot win.
    check_timeline: true,
    // Without a quorum nobody writes, also where all members still answer each other (scenario 5).
    failsafe_mode: false,
    primary_start_timeout: primaryStartTimeout,
    // An absent city comes back within a day without a new copy; max_slot_wal_keep_size bounds what that may cost.
    member_slots_ttl: "24h",
    synchronous_mode: settings.commit === "quorum" ? "quorum" : false,
    // Without voters writes go on: refusing them is what the loss of etcd's quorum does.
    synchronous_mode_strict: false,
    // One voter is in the primary's own city and would satisfy a count of one alone, which blocks failover when the
    // city dies. Two are at least one in another city.
    synchronous_node_count: Math.min(2, settings.topology.cities.length),
    postgresql: {
      parameters: clusterParameters(settings),
      use_pg_rewind: true,
      use_slots: true,
    },
  };
}
