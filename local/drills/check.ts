import { longestGap, longestStall, refusalOf, stalenessOf, successes, type Gap, type Refusal } from "./availability.js";
import { bounds } from "./bounds.js";
import { readEntries, type ReadEntry } from "./contract.js";
import type { Operation } from "./history.js";
import { leadershipOf, type Leadership } from "./leadership.js";
import type { Recording } from "./recording.js";
import {
  divergedCopies,
  lostWrites,
  overlapsOf,
  phantomsOf,
  writersOf,
  type LostWrite,
  type Overlap,
  type Phantom,
  type Writer,
} from "./safety.js";

/** What the clients' histories show, whatever was promised. Durations are seconds. */
export interface Findings {
  writers: Writer[];
  overlaps: Overlap[];
  counts: { acknowledged: number; failed: number; unknown: number };
  lost: LostWrite[];
  /** Age of the oldest lost write; 0 when none was lost. */
  lostAge: number;
  phantoms: Phantom[];
  /** Rows that differ, by city. */
  diverged: Record<string, number>;
  leadership: Leadership;
  cities: Record<string, CityFindings>;
  /** The longest time in which a client started nothing, which it should never do. */
  stall: number;
}

/** What the client of one city saw. */
export interface CityFindings {
  /** From the fault to the end of the load. */
  writes: Gap;
  /** From healing to the end of the load. */
  writesAfterHealing: Gap;
  refusal: Refusal;
  reads: Record<ReadEntry, ReadFindings>;
}

export interface ReadFindings {
  gap: Gap;
  gapAfterHealing: Gap;
  /** Members that answered between the settling of the fault and its healing, and how often. */
  servedBy: Record<string, number>;
  /** How old what was read was at worst, and in 99 of 100 reads. */
  staleness: { worst: number; p99: number };
}

/** Seconds after a fault from which on reads must come from where they are promised. */
const settling = bounds.reads;

export function findingsOf(recording: Recording): Findings {
  const { operations, cities } = recording;
  const writes = operations.filter(({ kind }) => kind === "write");
  const count = (wanted: Operation["outcome"]) => writes.filter(({ outcome }) => outcome === wanted).length;
  const writers = writersOf(operations);
  const lost = lostWrites(recording);
  const stale = stalenessOf(operations, recording.rows);
  return {
    writers,
    overlaps: overlapsOf(writers),
    counts: { acknowledged: count("ok"), failed: count("fail"), unknown: count("unknown") },
    lost,
    lostAge: Math.max(0, ...lost.map(({ age }) => age)),
    phantoms: phantomsOf(recording),
    diverged: divergedCopies(recording),
    leadership: leadershipOf(recording),
    cities: Object.fromEntries(cities.map((city) => [city, cityFindings(recording, city, stale)])),
    stall: Math.max(
      0,
      ...cities.map((city) =>
        longestStall(
          operations.filter(({ client }) => client === city),
          recording,
        ),
      ),
    ),
  };
}

function cityFindings(recording: Recording, city: string, stale: ReturnType<typeof stalenessOf>): CityFindings {
  const { start, fault, healed, end } = recording;
  const own = recording.operations.filter(({ client }) => client === city);
  const writes = own.filter(({ kind }) => kind === "write");
  const gap = (operations: readonly Operation[], from: number) =>
    longestGap(successes(operations), { start, from, to: end });
  const reads = readEntries.map((entry): [ReadEntry, ReadFindings] => {
    const through = own.filter((operation) => operation.kind === "read" && operation.entry === entry);
    const ages = stale.filter(({ read }) => read.client === city && read.entry === entry);
    return [
      entry,
      {
        gap: gap(through, fault),
        gapAfterHealing: gap(through, healed),
        servedBy: servedBy(recording, through),
        staleness: percentiles(ages.map(({ seconds }) => seconds)),
      },
    ];
  });
  return {
    writes: gap(writes, fault),
    // Of a city that was away, what counts is how long after healing it took.
    writesAfterHealing: sinceHealing(gap(writes, healed), healed),
    refusal: refusalOf(writes, recording),
    reads: Object.fromEntries(
      reads.map(([entry, found]) => [
        entry,
        { ...found, gapAfterHealing: sinceHealing(found.gapAfterHealing, healed) },
      ]),
    ) as Record<ReadEntry, ReadFindings>,
  };
}

const sinceHealing = (gap: Gap, healed: number): Gap => {
  const from = Math.max(gap.from, healed);
  return { ...gap, from, seconds: gap.to - from };
};

function servedBy({ servers, fault, healing }: Recording, reads: readonly Operation[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, invoked, ended, server = "?" } of reads) {
    if (outcome !== "ok" || invoked < fault + settling || ended > healing) continue;
    const name = servers[server] ?? server;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function percentiles(values: readonly number[]): { worst: number; p99: number } {
  const sorted = [...values].sort((one, other) => one - other);
  return { worst: sorted.at(-1) ?? 0, p99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0 };
}
