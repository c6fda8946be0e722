import type { Observation, Operation } from "../../local/drills/history.js";
import { rangesOf, type Recording, type Rows } from "../../local/drills/recording.js";
import { cityNames, nusantara } from "../../stacks/topology.js";

export const cities = cityNames(nusantara);

/** What happens to a made-up cluster, in seconds from the beginning of its load. */
export interface Story {
  /** Seconds of load. @default 60 */
  duration?: number;
  /** Operations a second of each client. @default 4 */
  rate?: number;
  /** When the fault is. @default 10 */
  fault?: number;
  /** When healing begins and is over. @default 40 */
  healed?: number;
  /** Who writes from when on; nobody before the first. The next one is on the next timeline. */
  writers: readonly { server: string; from: number; to: number; leader?: string }[];
  /** Writes acknowledged in this span are lost. */
  lost?: { from: number; to: number };
  /** Cities whose reads fail in a span. */
  unread?: { city: string; from: number; to: number };
}

/** Seconds between an operation's invocation and its end. */
export const latency = 0.01;

/** Addresses of the members that stories are about. */
export const servers = { "10.10.0.5": "jakarta-core-0", "10.20.0.5": "bandung-core-0", "10.30.0.5": "surabaya-core-0" };

/** A recording of a cluster in which exactly the story happened. */
export function recordingOf(story: Story): Recording {
  const { duration = 60, rate = 4, fault = 10, healed = 40, writers, lost, unread } = story;
  const operations: Operation[] = [];
  const rows: Record<string, number[]> = Object.fromEntries(cities.map((city) => [city, []]));
  for (const client of cities) {
    for (let index = 0; index < duration * rate; index += 1) {
      const [invoked, sequence] = [index / rate, index + 1];
      const ended = invoked + latency;
      const timeline = writers.findIndex(({ from, to }) => invoked >= from && ended <= to) + 1;
      const writer = writers[timeline - 1];
      const isLost = lost !== undefined && ended >= lost.from && ended <= lost.to;
      const write = { client, kind: "write", entry: "pg-rw", sequence, invoked, ended } as const;
      operations.push(
        writer ? { ...write, outcome: "ok", server: writer.server, timeline } : { ...write, outcome: "fail" },
      );
      if (writer && !isLost) rows[client]?.push(sequence);
      const isUnread = unread?.city === client && invoked >= unread.from && invoked < unread.to;
      operations.push({
        client,
        kind: "read",
        entry: index % 2 === 0 ? "pg-ro" : "pg-report",
        sequence,
        invoked,
        ended,
        outcome: isUnread ? "fail" : "ok",
        newest: Object.fromEntries(cities.map((city) => [city, sequence])),
        server: Object.keys(servers)[cities.indexOf(client)] ?? "?",
      });
    }
  }
  const observations: Observation[] = cities.flatMap((city) =>
    Array.from({ length: duration }, (_, at) => ({
      city,
      at: at + 0.5,
      members: [
        { name: leaderOf(story, at) ?? "none", role: leaderOf(story, at) ? "leader" : "replica", state: "running" },
      ],
      leaders: [leaderOf(story, at)].filter((leader) => leader?.startsWith(city) === true) as string[],
    })),
  );
  const table: Rows = Object.fromEntries(Object.entries(rows).map(([city, each]) => [city, rangesOf(each)]));
  return {
    cities,
    operations,
    observations,
    servers,
    start: 0,
    fault,
    healing: healed,
    healed,
    end: duration,
    marks: [
      { at: fault, what: "the links of jakarta are cut" },
      { at: healed, what: "healing begins" },
    ],
    rows: table,
    copies: Object.fromEntries(cities.map((city) => [city, table])),
    quorumCommit: false,
  };
}

function leaderOf({ writers }: Story, at: number): string | undefined {
  const writer = writers.find(({ from, to }) => at >= from && at < to);
  return writer && (writer.leader ?? servers[writer.server as keyof typeof servers]);
}
