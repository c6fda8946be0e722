import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Commit } from "../../components/postgres/configuration/settings.js";
import type { DatabaseTopology, EntryPoint } from "../../components/postgres/layout.js";
import { UserError, wordsOf } from "../errors.js";
import type { Platform } from "../platform.js";
import { clientCommand, DrillClient, type ClientSettings } from "./clients.js";
import { commitSeen, requireCommit } from "./commit.js";
import { Drill, now, refusalOf } from "./drill.js";
import { homeLeader, requireHealth } from "./health.js";
import { membership, sequencesIn, type Recording, type Rows } from "./recording.js";
import { Pods } from "./pods.js";
import type { Scenario } from "./scenario.js";
import { memberUrls, switchover } from "./tier.js";
import type { Check } from "./verdict.js";

/** What every city's client does, and for how long. */
export const load = {
  writesPerSecond: 10,
  readsPerSecond: 10,
  /** What an operation waits for one of its client's connections; then it is given what {@link clientSettings} says. */
  timeoutMilliseconds: 5000,
  /** Seconds of load before anything is done. */
  quietBefore: 10,
  /** Seconds of load after the tier is healthy again. */
  quietAfter: 5,
} as const;

/** Seconds that the tier gets to become healthy, before a scenario and after it. */
const healthPatience = 600;

export interface AttemptArgs {
  platform: Platform;
  topology: DatabaseTopology;
  scenario: Scenario;
  settings: readonly ClientSettings[];
  /** When a commit is acknowledged, as the stack files have it. */
  commit: Commit;
  /** Where the histories of the clients go. */
  directory: string;
  signal: AbortSignal;
  say: (message: string) => void;
}

export interface Attempt {
  recording: Recording;
  /** What else was found wrong, by the scenario's own look after healing. */
  complaints: readonly string[];
  /** Promises that its steps held against what they measured. */
  checks: readonly Check[];
}

/**
 * Runs a scenario once. Whatever happens, what it broke is healed.
 * @throws UserError when the tier is not healthy before, or does not become so after.
 */
export async function attempt(args: AttemptArgs): Promise<Attempt> {
  const { platform, topology, settings, directory, signal, say } = args;
  const clients = settings.map(
    (each) => new DrillClient(clientCommand(platform, each.city), each, join(directory, `${each.city}.jsonl`)),
  );
  const pods = new Pods(
    platform,
    topology.cities.map(({ name }) => name),
    ({ city }) => {
      // A client that has ended says so where it is needed.
      clients
        .find((client) => client.city === city)
        ?.command({ command: "members", members: memberUrls(topology, pods, city) })
        .catch(() => undefined);
    },
  );
  const drill = new Drill(platform, topology, clients, pods, signal, say);
  try {
    return await healing(drill, () => perform(drill, args.scenario, { commit: args.commit }));
  } finally {
    pods.close();
    await Promise.all(clients.map((client) => client.close()));
  }
}

/** Heals what is left after some work, whatever became of it. Where both fail, the work says why and what is left. */
async function healing<Result>(drill: Drill, work: () => Promise<Result>): Promise<Result> {
  const [done] = await Promise.allSettled([work()]);
  const [healed] = await Promise.allSettled([drill.heal()]);
  if (done.status === "fulfilled" && healed.status === "fulfilled") return done.value;
  const failures = [done, healed].flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
  if (failures.length === 1) throw failures[0];
  const texts = failures.map(wordsOf);
  throw new UserError("the drill failed and could not be healed", "make up undoes what drills break", texts);
}

const healthy = (drill: Drill, when: string): Promise<void> =>
  requireHealth(drill, `the health of the tier ${when}`, healthPatience);

/**
 * Carries a scenario through on clients that run. The caller heals what is left when it fails.
 * @param options.commit what the primary's commits are to wait for; whatever they do by default.
 * @param options.quiet seconds of load before the first step and after the last.
 */
export async function perform(
  drill: Drill,
  scenario: Scenario,
  {
    commit,
    quiet = { before: load.quietBefore, after: load.quietAfter },
  }: { commit?: Commit | undefined; quiet?: { before: number; after: number } } = {},
): Promise<Attempt> {
  const [first = ""] = drill.cities;
  await healthy(drill, "before the drill");
  await goHome(drill);
  // A pooler may still be finding its way to a primary that has just come home.
  await drill.require(
    "the table of the drills",
    () => refusalOf(drill.client(first).command({ command: "prepare" })),
    copyPatience,
  );
  await copiesCatchUp(drill, first, "");
  if (commit !== undefined) await requireCommit(drill, commit);
  const quorumCommit = commitSeen(drill.views()) === "quorum";
  const run = randomUUID();
  drill.notes.set("run", run);
  const start = now();
  await Promise.all(
    drill.clients.map((client) =>
      client.command({
        command: "load",
        run,
        clients: drill.cities,
        writesPerSecond: load.writesPerSecond,
        readsPerSecond: load.readsPerSecond,
      }),
    ),
  );
  await drill.hold(quiet.before);
  const fault = await doSteps(drill, scenario);
  const healing = drill.mark("healing begins");
  await drill.heal();
  await scenario.untilHealed?.(drill);
  const healed = drill.mark("healed");
  await healthy(drill, "after the drill");
  drill.mark("healthy");
  const complaints = [...drill.complaints, ...((await scenario.afterwards?.(drill)) ?? [])];
  await drill.hold(quiet.after);
  const end = now();
  await Promise.all(drill.clients.map((client) => client.command({ command: "stop" })));
  const { rows, copies } = await copiesCatchUp(drill, first, run);
  const recording: Recording = {
    cities: drill.cities,
    operations: drill.operations(),
    observations: drill.observations(),
    servers: Object.fromEntries(drill.pods.addresses),
    start,
    fault,
    healing,
    healed,
    end,
    marks: drill.marks,
    rows,
    copies,
    quorumCommit,
  };
  await goHome(drill);
  return { recording, complaints, checks: drill.checks };
}

/** Does the steps of a scenario. @returns when its consequences began to be measured. */
async function doSteps(drill: Drill, { steps }: Scenario): Promise<number> {
  let fault: number | undefined;
  for (const step of steps) {
    const at = step.isPause ? now() : drill.mark(step.what);
    if (fault === undefined || step.isFault) fault = at;
    await step.act(drill);
  }
  return fault ?? now();
}

/** Moves the lead back to where it belongs, as planned maintenance does. */
async function goHome(drill: Drill): Promise<void> {
  const home = homeLeader(drill.topology);
  const [first = ""] = drill.cities;
  const leader = drill.leader();
  if (leader === home) return;
  await switchover(drill.platform, first, leader, home);
  await drill.requireLeader(home);
  await healthy(drill, `after ${home} took the lead again`);
}

/** Seconds that copies get to hold what the primary holds. */
const copyPatience = 60;

/** Reads the table through every city until all agree, and for no longer than a bound: what differs then is a finding. */
async function copiesCatchUp(drill: Drill, first: string, run: string): Promise<Pick<Recording, "rows" | "copies">> {
  let found: Pick<Recording, "rows" | "copies"> | undefined;
  const missing = await drill.waitFor(async () => {
    const [rows, ...copies] = await Promise.all([
      readRows(drill.client(first), "pg-rw", run),
      ...drill.clients.map((client) => readRows(client, "pg-ro", run)),
    ]);
    if (rows instanceof Error) return [rows.message];
    const entries = drill.clients.map(({ city }, index) => [city, copies[index] ?? {}] as const);
    // A copy that can't be read holds nothing.
    found = {
      rows,
      copies: Object.fromEntries(entries.map(([city, copy]) => [city, copy instanceof Error ? {} : copy])),
    };
    return entries.flatMap(([city, copy]) => {
      if (copy instanceof Error) return [copy.message];
      return isEqual(rows, copy) ? [] : [`the copy in ${city} differs`];
    });
  }, copyPatience);
  if (found) return found;
  throw new UserError("the table of the drills can't be read", "look into the entry point pg-rw", [...missing]);
}

/** The rows of a run through an entry point, or why they can't be read. */
const readRows = (client: DrillClient, entry: EntryPoint, run: string): Promise<Rows | Error> =>
  client.command({ command: "rows", entry, run }).then(
    (rows) => rows as Rows,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );

function isEqual(one: Rows, other: Rows): boolean {
  const includes = (rows: Rows, others: Rows) => {
    const isThere = membership(others);
    return Object.entries(rows).every(([client, ranges]) =>
      [...sequencesIn(ranges)].every((sequence) => isThere(client, sequence)),
    );
  };
  return includes(one, other) && includes(other, one);
}
