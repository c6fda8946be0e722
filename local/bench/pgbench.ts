import {
  certificateFiles,
  keyOf,
  memberHost,
  memberName,
  paths,
  podName,
  ports,
  type Member,
} from "../../components/postgres/layout.js";
import type { ClientSettings } from "../drills/clients.js";
import { topology } from "../drills/command.js";
import { entryPointHost, entryPointPort } from "../drills/contract.js";
import { summary } from "../drills/report.js";
import { clientSettings, kubectl, memberNamed } from "../drills/tier.js";
import type { Platform } from "../platform.js";

/** What pgbench does: ways and settings are compared in turns, so that all meet the same machine. */
export const load = { scale: 10, clients: 8, seconds: 15, turns: 4 } as const;

/** Who leads, and the pod beside it in its city, in which pgbench runs as a service would. */
interface Places {
  city: string;
  primary: Member;
  pod: string;
}

/** @throws UserError when the tier is not healthy: what is measured then says nothing. */
async function placesOf(platform: Platform): Promise<Places> {
  const said = await kubectl(platform, "jakarta", [
    ...["exec", "core-0", "--container=postgres", "--", "database", "health", "--json"],
  ]);
  const { leader } = JSON.parse(said) as { leader: string };
  const { city } = memberNamed(topology, leader);
  const members = [0, 1].map((ordinal): Member => ({ city, set: "core", ordinal }));
  const primary = members.find((member) => memberName(member) === leader);
  const other = members.find((member) => member !== primary);
  if (!primary || !other) throw new Error(`${leader} is no member of core`);
  return { city, primary, pod: podName(other) };
}

/** Seconds that filling pgbench's tables may take. */
const initializationPatience = 600;

/** pgbench's own TPC-B-like transaction, with the schema in the names: poolers keep no search path. */
const transaction = `
\\set aid random(1, 100000 * :scale)
\\set bid random(1, 1 * :scale)
\\set tid random(1, 10 * :scale)
\\set delta random(-5000, 5000)
BEGIN;
UPDATE drill.pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM drill.pgbench_accounts WHERE aid = :aid;
UPDATE drill.pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE drill.pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO drill.pgbench_history (tid, bid, aid, delta, mtime) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
`;

/** Where pgbench connects to. */
export interface Way {
  host: string;
  port: number;
  /** Variables that it needs beside. */
  environment?: Readonly<Record<string, string>>;
}

export const throughEntryPoint: Way = { host: entryPointHost("pg-rw"), port: entryPointPort };

/** As a pooler connects: with a certificate of the tier beside the password. */
const straightTo = (primary: Member): Way => ({
  host: memberHost(topology, primary),
  port: ports.postgres,
  environment: {
    PGSSLCERT: `${paths.certificates}/${certificateFiles.replicator}`,
    PGSSLKEY: `${paths.certificates}/${keyOf(certificateFiles.replicator)}`,
  },
});

/** Runs pgbench in the pod. The password goes in through a pipe, before what pgbench reads. */
async function pgbench(
  platform: Platform,
  { city, pod }: Places,
  settings: ClientSettings,
  { host, port, environment = {} }: Way,
  args: readonly string[],
  { input = "", seconds }: { input?: string; seconds?: number } = {},
): Promise<string> {
  const variables = {
    PGHOST: host,
    PGPORT: `${port}`,
    PGUSER: settings.user,
    PGDATABASE: settings.database,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: `${paths.certificates}/${certificateFiles.authority}`,
    ...environment,
  };
  return kubectl(
    platform,
    city,
    [
      ...["exec", "--stdin", pod, "--container=postgres", "--", "env"],
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      ...["sh", "-c", 'IFS= read -r PGPASSWORD; export PGPASSWORD; exec "$0" "$@"'],
      ...["/usr/lib/postgresql/17/bin/pgbench", ...args],
    ],
    { input: `${settings.password}\n${input}`, seconds },
  );
}

/** Transactions a second in what pgbench says. @throws Error when it says none. */
export function transactionsPerSecond(said: string): number {
  const found = /^tps = ([\d.]+) /m.exec(said)?.[1];
  if (found === undefined) throw new Error(`pgbench named no rate:\n${said}`);
  return Number(found);
}

/** Something whose rate is taken, and what its row says. */
export interface Measurement {
  title: (clients: number) => string;
  rate: (clients: number) => Promise<number>;
}

/** How rates are printed: the median and what it was among. */
function ratesText(rates: readonly number[]): string {
  const { median, worst: highest } = summary(rates) ?? { median: NaN, worst: NaN };
  return `${median.toFixed(0)} transactions/s (${Math.min(...rates).toFixed(0)} to ${highest.toFixed(0)})`;
}

/** What is left of the rate of one in that of another, in percent. */
const shareText = (part: readonly number[], whole: readonly number[]): string =>
  `${((100 * (summary(part)?.median ?? NaN)) / (summary(whole)?.median ?? NaN)).toFixed(0)} %`;

/**
 * Two rows for one client and two for many: a measurement, and another one with what is left of the rate. Each runs once in
 * every turn, in turn in this order and the other one: who comes first must not matter.
 */
export async function comparisonRows(whole: Measurement, part: Measurement, limit: string): Promise<string[][]> {
  const rows: string[][] = [];
  for (const clients of [1, load.clients]) {
    const rates: Record<"whole" | "part", number[]> = { whole: [], part: [] };
    for (let turn = 0; turn < load.turns; turn += 1) {
      if (turn % 2 === 0) rates.whole.push(await whole.rate(clients));
      rates.part.push(await part.rate(clients));
      if (turn % 2 === 1) rates.whole.push(await whole.rate(clients));
    }
    rows.push(
      [whole.title(clients), ratesText(rates.whole), ""],
      [part.title(clients), `${ratesText(rates.part)}, ${shareText(rates.part, rates.whole)}`, limit],
    );
  }
  return rows;
}

/** A tier with pgbench's tables in it. */
export interface Bench {
  primary: Member;
  /** The way to the primary without the entry points. */
  straight: Way;
  /** Transactions a second. */
  rate: (way: Way, options?: { clients?: number; seconds?: number }) => Promise<number>;
}

/**
 * Makes pgbench's tables, measures, and drops them, whatever happens.
 * @param scale pgbench's factor of scale, about 15 MB each.
 */
export async function withPgbench<T>(
  platform: Platform,
  measure: (bench: Bench) => Promise<T>,
  scale: number = load.scale,
): Promise<T> {
  const places = await placesOf(platform);
  const straight = straightTo(places.primary);
  const settings = await clientSettings(platform, places.city, 1);
  const inSchema = { ...straight, environment: { ...straight.environment, PGOPTIONS: "-csearch_path=drill" } };
  const initialize = (steps: string) =>
    pgbench(
      platform,
      places,
      settings,
      inSchema,
      ["--initialize", "--quiet", `--init-steps=${steps}`, `--scale=${scale}`],
      { seconds: initializationPatience },
    );
  try {
    await initialize("dtgvp");
    return await measure({
      primary: places.primary,
      straight,
      rate: async (way, { clients = load.clients, seconds = load.seconds } = {}) =>
        transactionsPerSecond(
          await pgbench(
            platform,
            places,
            settings,
            way,
            ["--no-vacuum", "--file=-", `--scale=${scale}`, `--client=${clients}`, `--time=${seconds}`],
            { input: transaction },
          ),
        ),
    });
  } finally {
    await initialize("d");
  }
}
