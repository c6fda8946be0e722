import type { Operation } from "./history.js";
import { membership, type Recording, type Rows } from "./recording.js";

/** The longest time in which nothing succeeded. */
export interface Gap {
  from: number;
  to: number;
  seconds: number;
  /** Whether it had not ended when the load did. */
  open: boolean;
}

/**
 * The longest gap between successes in a span of time. One that began before the span counts from its beginning, which
 * is when the last success before the span was.
 * @param successes when operations succeeded, in any order.
 * @param start when the operations began: a gap can't be older.
 */
export function longestGap(successes: readonly number[], span: { start: number; from: number; to: number }): Gap {
  const sorted = successes.filter((at) => at <= span.to).sort((one, other) => one - other);
  const before = sorted.filter((at) => at <= span.from).at(-1) ?? Math.min(span.start, span.from);
  const points = [before, ...sorted.filter((at) => at > span.from), span.to];
  let longest: Gap = { from: before, to: before, seconds: 0, open: false };
  for (let index = 1; index < points.length; index += 1) {
    const [from, to] = [points[index - 1] ?? 0, points[index] ?? 0];
    if (to - from > longest.seconds) longest = { from, to, seconds: to - from, open: index === points.length - 1 };
  }
  return longest;
}

/** When some operations succeeded. */
export const successes = (operations: readonly Operation[]): number[] =>
  operations.filter(({ outcome }) => outcome === "ok").map(({ ended }) => ended);

/** How writes ended that were to be refused, and came back. */
export interface Refusal {
  /** Seconds from the fault to the last write that was acknowledged before healing began; 0 when there was none. */
  refusedAfter: number;
  /** Seconds from the end of healing to the first write acknowledged since it began; undefined when there was none. */
  backAfter: number | undefined;
}

export function refusalOf(
  writes: readonly Operation[],
  { fault, healing, healed }: Pick<Recording, "fault" | "healing" | "healed">,
): Refusal {
  const acknowledged = writes.filter(({ outcome }) => outcome === "ok");
  const last = Math.max(fault, ...acknowledged.filter(({ ended }) => ended <= healing).map(({ ended }) => ended));
  const first = Math.min(...acknowledged.filter(({ ended }) => ended > healing).map(({ ended }) => ended));
  return { refusedAfter: last - fault, backAfter: Number.isFinite(first) ? Math.max(0, first - healed) : undefined };
}

/**
 * How old what each read saw was, in seconds: the time from the acknowledgement of the oldest write that it should have
 * seen and did not, to the invocation of the read; 0 when it saw all. Lost writes don't count.
 */
export function stalenessOf(operations: readonly Operation[], rows: Rows): { read: Operation; seconds: number }[] {
  const isThere = membership(rows);
  const oldestFrom = new Map<string, number[]>();
  for (const { client, kind, outcome, sequence, ended } of operations) {
    if (kind !== "write" || outcome !== "ok" || !isThere(client, sequence)) continue;
    const times = oldestFrom.get(client) ?? [];
    times[sequence] = ended;
    oldestFrom.set(client, times);
  }
  // Of each sequence, when the first of it and all later ones was acknowledged.
  for (const times of oldestFrom.values()) {
    for (let sequence = times.length - 1, oldest = Infinity; sequence >= 0; sequence -= 1)
      times[sequence] = oldest = Math.min(oldest, times[sequence] ?? Infinity);
  }
  return operations
    .filter(({ kind, outcome }) => kind === "read" && outcome === "ok")
    .map((read) => {
      const unseen = [...oldestFrom].map(([client, times]) => times[(read.newest?.[client] ?? 0) + 1] ?? Infinity);
      return { read, seconds: Math.max(0, read.invoked - Math.min(Infinity, ...unseen)) };
    });
}

/** The longest time in which a client started nothing of a kind, in seconds: above a moment its load was not steady. */
export function longestStall(operations: readonly Operation[], { start, end }: Pick<Recording, "start" | "end">) {
  return longestGap(
    operations.map(({ invoked }) => invoked),
    { start, from: start, to: end },
  ).seconds;
}
