import type { Observation, Operation } from "./history.js";

/** Sequences of the rows of one client, as ranges with both ends included, in ascending order. */
export type Ranges = readonly (readonly [number, number])[];

/** Rows of a table by client. */
export type Rows = Readonly<Record<string, Ranges>>;

/** Something that was done in an attempt, and when. */
export interface Mark {
  /** Seconds of the monotonic clock. */
  at: number;
  what: string;
}

/** All that is known of one attempt at a scenario. Times are seconds of the machine's monotonic clock. */
export interface Recording {
  /** Cities with a client. */
  cities: readonly string[];
  operations: readonly Operation[];
  observations: readonly Observation[];
  /** Names of members by the addresses that they had. */
  servers: Readonly<Record<string, string>>;
  /** When the load began. */
  start: number;
  /** When that was done whose consequences are measured. */
  fault: number;
  /** When it began to be undone. */
  healing: number;
  /** When all of it had been undone. */
  healed: number;
  /** When the load ended. */
  end: number;
  marks: readonly Mark[];
  /** What the primary held after healing. */
  rows: Rows;
  /** What each city's `pg-ro` held once its member had caught up. */
  copies: Readonly<Record<string, Rows>>;
  /** Whether commits waited for a quorum of other members. */
  quorumCommit: boolean;
}

/** Every sequence in some ranges. */
export function* sequencesIn(ranges: Ranges): Generator<number> {
  for (const [first, last] of ranges) for (let sequence = first; sequence <= last; sequence += 1) yield sequence;
}

/** A test of whether a row is in a table. */
export function membership(rows: Rows): (client: string, sequence: number) => boolean {
  const sets = new Map(Object.entries(rows).map(([client, ranges]) => [client, new Set(sequencesIn(ranges))]));
  return (client, sequence) => sets.get(client)?.has(sequence) ?? false;
}

/** Numbers in ascending order as ranges. */
export function rangesOf(sequences: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const sequence of sequences) {
    const last = ranges.at(-1);
    if (last?.[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}
