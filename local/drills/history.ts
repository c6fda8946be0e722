import { z } from "zod";
import { entryPoints, type EntryPoint } from "../../components/postgres/layout.js";

/**
 * What is known of an operation that has ended: `ok` was acknowledged, `fail` can't have had an effect, `unknown` may
 * or may not have had one.
 */
export type Outcome = "ok" | "fail" | "unknown";

/** One write or read of one client. All times are seconds of the machine's monotonic clock. */
export interface Operation {
  /** City of the client. */
  client: string;
  kind: "write" | "read";
  entry: EntryPoint;
  /** Counts the operations of one kind of one client from 1. The row of a write bears it. */
  sequence: number;
  invoked: number;
  /** When its outcome was known; of one that never ended, when the history does. */
  ended: number;
  outcome: Outcome;
  /** Address of the server that answered. */
  server?: string;
  /** On which a write was acknowledged. */
  timeline?: number;
  /** The highest sequence of each client that a read saw. */
  newest?: Readonly<Record<string, number>>;
  error?: string;
}

/** A member as Patroni sees it. */
export interface MemberView {
  name: string;
  role: string;
  state: string;
  timeline?: number | undefined;
  /** Bytes behind the leader; undefined where Patroni does not know. */
  lag?: number | undefined;
}

/** What the members of one city said of the cluster. */
export interface Observation {
  /** City that was asked. */
  city: string;
  at: number;
  /** Empty where nobody answered. */
  members: readonly MemberView[];
  /** Members of the city that say of themselves that they lead. */
  leaders: readonly string[];
}

/** Everything that one client told. */
export interface History {
  operations: Operation[];
  observations: Observation[];
}

const lag = z
  .union([z.number(), z.string()])
  .optional()
  .transform((value) => (typeof value === "number" ? value : undefined));

const clusterSchema = z.object({
  members: z.array(
    z.object({ name: z.string(), role: z.string(), state: z.string(), timeline: z.number().optional(), lag }),
  ),
  leaders: z.array(z.string()),
});

const operationSchema = z.object({
  type: z.enum(["invoke", "ok", "fail", "unknown"]),
  operation: z.enum(["write", "read"]),
  entry: z.enum(entryPoints as [EntryPoint, ...EntryPoint[]]),
  sequence: z.int().positive(),
  monotonic: z.number(),
  server: z.string().optional(),
  timeline: z.number().optional(),
  newest: z.record(z.string(), z.number()).optional(),
  error: z.string().optional(),
});

const observationSchema = z.object({
  type: z.literal("observe"),
  monotonic: z.number(),
  result: clusterSchema.optional(),
});

const answerSchema = z.object({
  type: z.literal("answer"),
  id: z.number(),
  error: z.string().optional(),
  result: z.unknown().optional(),
});

const eventSchema = z.union([operationSchema, observationSchema, answerSchema]);

/** One line of a client. */
export type ClientEvent = z.infer<typeof eventSchema>;

/** @throws Error when the line is not one of a client. */
export const parseEvent = (line: string): ClientEvent => eventSchema.parse(JSON.parse(line));

/** Microseconds, as clients write them, in seconds. */
export const secondsOf = (microseconds: number): number => microseconds / 1e6;

/** Collects the events of one client, in the order in which it told them. */
export class Recorder {
  readonly history: History = { operations: [], observations: [] };
  private readonly open = new Map<string, Operation>();

  constructor(private readonly client: string) {}

  /** @throws Error when an operation ends that never began. */
  add(event: ClientEvent): void {
    if (event.type === "answer") return;
    const at = secondsOf(event.monotonic);
    if (event.type === "observe") {
      const { members = [], leaders = [] } = event.result ?? {};
      this.history.observations.push({ city: this.client, at, members, leaders });
      return;
    }
    const key = `${event.operation} ${event.sequence}`;
    if (event.type === "invoke") {
      const { operation: kind, entry, sequence } = event;
      // Until its end is told nobody knows what came of it.
      const operation: Operation = {
        client: this.client,
        kind,
        entry,
        sequence,
        invoked: at,
        ended: Infinity,
        outcome: "unknown",
      };
      this.open.set(key, operation);
      this.history.operations.push(operation);
      return;
    }
    const operation = this.open.get(key);
    if (!operation) throw new Error(`${this.client}: ${key} ended without having begun`);
    this.open.delete(key);
    const { type: outcome, server, timeline, newest, error } = event;
    Object.assign(operation, {
      ended: at,
      outcome,
      ...(server !== undefined && { server }),
      ...(timeline !== undefined && { timeline }),
      ...(newest !== undefined && { newest }),
      ...(error !== undefined && { error }),
    });
  }
}
