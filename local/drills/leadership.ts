import type { MemberView, Observation } from "./history.js";
import type { Recording } from "./recording.js";

/** Who led, as each member told the clients of itself. */
export interface Leadership {
  before: string | undefined;
  /** When healing began; undefined when nobody did. */
  atHealing: string | undefined;
  after: string | undefined;
  /** Everybody who ever led, in the order of time. */
  all: string[];
  /** Periods for the picture, in the order of time. */
  periods: LeaderPeriod[];
}

/** A time in which the same member led, or nobody was known to. */
export interface LeaderPeriod {
  from: number;
  to: number;
  leader: string | undefined;
}

/** Roles of a leader; a standby leader is none here: there is no standby cluster. */
const isLeader = ({ role }: MemberView): boolean => role === "leader" || role === "primary" || role === "master";

/** The member that leads according to a view; undefined when none does, or nobody answered. */
export const leaderIn = ({ members }: Pick<Observation, "members">): string | undefined => members.find(isLeader)?.name;

/** How long what was seen last counts as what is, in seconds: each city looks every second, and waits for at most two. */
const patience = 4;
/** The same for a picture, in which a leader should not outlive itself. */
const briefly = 2;

/**
 * The leader at a moment: the one that said so last. What members say of others does not count: it is what etcd has, and
 * without a quorum nobody takes the lock back there.
 */
export function leaderAt(
  observations: readonly Observation[],
  at: number,
  freshness: number = patience,
): string | undefined {
  return observations
    .filter((each) => each.at <= at && each.at > at - freshness)
    .flatMap((each) => each.leaders.map((leader) => ({ at: each.at, leader })))
    .sort((one, other) => other.at - one.at)[0]?.leader;
}

export function leadershipOf(
  recording: Pick<Recording, "observations" | "start" | "fault" | "healing" | "end">,
): Leadership {
  const { observations, start, fault, healing, end } = recording;
  const periods = periodsOf(observations, { start, end });
  return {
    before: leaderAt(observations, fault),
    atHealing: leaderAt(observations, healing),
    after: leaderAt(observations, end),
    all: [...new Set(periods.flatMap(({ leader }) => leader ?? []))],
    periods,
  };
}

/** The leader second by second, neighbours that are equal joined. */
export function periodsOf(
  observations: readonly Observation[],
  { start, end }: { start: number; end: number },
): LeaderPeriod[] {
  const periods: LeaderPeriod[] = [];
  for (let from = start; from < end; from += 1) {
    const to = Math.min(from + 1, end);
    const leader = leaderAt(observations, to, briefly);
    const last = periods.at(-1);
    if (last && last.leader === leader) last.to = to;
    else periods.push({ from, to, leader });
  }
  return periods;
}
