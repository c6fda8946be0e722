import type { Operation } from "./history.js";
import { membership, sequencesIn, type Recording } from "./recording.js";

/** A server that acknowledged writes on one timeline. A promotion begins a new timeline, and with it a new writer. */
export interface Writer {
  /** Its address. */
  server: string;
  timeline: number;
  /** When the first of its writes to be acknowledged was: it accepted writes before that. */
  firstAcknowledged: number;
  /** When the last of its acknowledged writes was invoked: it accepted writes after that. */
  lastInvoked: number;
  /** When the last of its writes was acknowledged. */
  lastAcknowledged: number;
  writes: number;
}

/** Two writers that must have accepted writes at the same time. */
export interface Overlap {
  writers: readonly [Writer, Writer];
  /** For how many seconds at least; 0 where all that is certain is one moment. */
  seconds: number;
}

/** An acknowledged write that is not there. */
export interface LostWrite {
  client: string;
  sequence: number;
  acknowledged: number;
  /**
   * Seconds from its acknowledgement to the end of the line it was on: the later of the fault and the last write that
   * its writer acknowledged. It is how far back the surviving data reaches at worst (the recovery point).
   */
  age: number;
}

/** A row that should not be there. */
export interface Phantom {
  client: string;
  sequence: number;
  why: "never invoked" | "refused";
}

const acknowledgedWrites = (operations: readonly Operation[]): Operation[] =>
  operations.filter(({ kind, outcome }) => kind === "write" && outcome === "ok");

const writerKey = ({ server, timeline }: Operation): string => `${server ?? "?"} ${timeline ?? 0}`;

/** Who acknowledged writes, in the order in which they began. */
export function writersOf(operations: readonly Operation[]): Writer[] {
  const writers = new Map<string, Writer>();
  for (const operation of acknowledgedWrites(operations)) {
    const { server = "?", timeline = 0, invoked, ended } = operation;
    const writer = writers.get(writerKey(operation)) ?? {
      server,
      timeline,
      firstAcknowledged: ended,
      lastInvoked: invoked,
      lastAcknowledged: ended,
      writes: 0,
    };
    writers.set(writerKey(operation), {
      ...writer,
      firstAcknowledged: Math.min(writer.firstAcknowledged, ended),
      lastInvoked: Math.max(writer.lastInvoked, invoked),
      lastAcknowledged: Math.max(writer.lastAcknowledged, ended),
      writes: writer.writes + 1,
    });
  }
  return [...writers.values()].sort((one, other) => one.firstAcknowledged - other.firstAcknowledged);
}

/**
 * Pairs of writers neither of which was through before the other began. A write is accepted at some moment between
 * its invocation and its acknowledgement, so only what is certain counts: one writer accepted a write that was invoked
 * after the other one had acknowledged its first, and the other way round.
 */
export function overlapsOf(writers: readonly Writer[]): Overlap[] {
  return writers.flatMap((one, position) =>
    writers.slice(position + 1).flatMap((other): Overlap[] => {
      if (one.lastInvoked <= other.firstAcknowledged || other.lastInvoked <= one.firstAcknowledged) return [];
      const from = Math.max(one.firstAcknowledged, other.firstAcknowledged);
      const to = Math.min(one.lastInvoked, other.lastInvoked);
      return [{ writers: [one, other], seconds: Math.max(0, to - from) }];
    }),
  );
}

/** Acknowledged writes that the table does not hold, oldest first. */
export function lostWrites({ operations, rows, fault }: Pick<Recording, "operations" | "rows" | "fault">): LostWrite[] {
  const isThere = membership(rows);
  const acknowledged = acknowledgedWrites(operations);
  const lost = acknowledged.filter(({ client, sequence }) => !isThere(client, sequence));
  const ends = new Map<string, number>();
  for (const operation of lost) ends.set(writerKey(operation), fault);
  for (const operation of acknowledged) {
    const end = ends.get(writerKey(operation));
    if (end !== undefined && operation.ended > end) ends.set(writerKey(operation), operation.ended);
  }
  return lost
    .map((operation): LostWrite => {
      const { client, sequence, ended } = operation;
      return { client, sequence, acknowledged: ended, age: (ends.get(writerKey(operation)) ?? ended) - ended };
    })
    .sort((one, other) => one.acknowledged - other.acknowledged);
}

/** Rows of writes that nobody invoked, or that were refused. One of unknown outcome may be there or not. */
export function phantomsOf({ operations, rows }: Pick<Recording, "operations" | "rows">): Phantom[] {
  const outcomes = new Map(
    operations
      .filter(({ kind }) => kind === "write")
      .map(({ client, sequence, outcome }) => [`${client} ${sequence}`, outcome]),
  );
  return Object.entries(rows).flatMap(([client, ranges]) =>
    [...sequencesIn(ranges)].flatMap((sequence): Phantom[] => {
      const outcome = outcomes.get(`${client} ${sequence}`);
      if (outcome === undefined) return [{ client, sequence, why: "never invoked" }];
      return outcome === "fail" ? [{ client, sequence, why: "refused" }] : [];
    }),
  );
}

/** Cities whose copy does not hold exactly the rows of the primary, with the number of rows that differ. */
export function divergedCopies({ rows, copies }: Pick<Recording, "rows" | "copies">): Record<string, number> {
  const isThere = membership(rows);
  const all = Object.entries(rows).flatMap(([client, ranges]) =>
    [...sequencesIn(ranges)].map((sequence) => [client, sequence] as const),
  );
  const diverged: Record<string, number> = {};
  for (const [city, copy] of Object.entries(copies)) {
    const isCopied = membership(copy);
    const missing = all.filter(([client, sequence]) => !isCopied(client, sequence)).length;
    const extra = Object.entries(copy).flatMap(([client, ranges]) =>
      [...sequencesIn(ranges)].filter((sequence) => !isThere(client, sequence)),
    ).length;
    if (missing + extra > 0) diverged[city] = missing + extra;
  }
  return diverged;
}
