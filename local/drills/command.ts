import { mkdirSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join, relative, resolve } from "node:path";
import type { Commit } from "../../components/postgres/configuration/settings.js";
import type { DatabaseTopology } from "../../components/postgres/layout.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { clusterState } from "../controlPlane.js";
import { UserError } from "../errors.js";
import { requireRealCity } from "../faults/cities.js";
import { replaceFile } from "../files.js";
import { isCut } from "../network/links.js";
import type { Platform } from "../platform.js";
import { run } from "../process.js";
import { localConfig } from "../stack.js";
import { buildTools } from "../tools.js";
import { attempt, load } from "./attempt.js";
import { findingsOf } from "./check.js";
import { processorTime, stolenBetween } from "./processors.js";
import {
  isDisturbed,
  isGreen,
  terminalReport,
  troubles,
  type AttemptReport,
  type DrillReport,
  type ScenarioReport,
} from "./report.js";
import { joinReports, readReport, requireSameConditions, writeReport } from "./reportFiles.js";
import type { Scenario } from "./scenario.js";
import { chosenScenarios, scenarios } from "./scenarios/index.js";
import { clientSettings } from "./tier.js";
import { timeline } from "./timeline.js";
import { figuresOf, verdictOf, type Check } from "./verdict.js";

/** What the person at the keyboard asks for, as text. */
export interface DrillOptions {
  /** Names, requirements or `ci`; all by default. */
  scenario: string | undefined;
  /** Attempts at each scenario. @default 1 */
  attempts: string | undefined;
  /** Directory for histories, pictures and reports; a report that is there is gone on with. @default .local/drills/<date> */
  out: string | undefined;
}

/** The cluster that the drills are held on. */
export const topology: DatabaseTopology = {
  cities: cityNames(nusantara).map((name) => ({
    name,
    pods: nusantara.cities[name as keyof typeof nusantara.cities].network.pods,
  })),
  privateZone: nusantara.privateZone,
};

/** @throws UserError when it is no number of attempts. */
export function attemptsIn(text: string | undefined): number {
  const count = Number(text === undefined || text === "" ? 1 : text);
  if (Number.isInteger(count) && count >= 1 && count <= 100) return count;
  throw new UserError(`N is "${text ?? ""}"`, "set it to a number of attempts from 1 to 100");
}

/** A run of drills. */
interface Session {
  platform: Platform;
  directory: string;
  signal: AbortSignal;
  say: (message: string) => void;
  /** As the stack files have it; an attempt is not begun where the platform has it otherwise. */
  configured: Commit;
  /** Of the first attempt that was carried through. */
  commit: Commit | "unknown";
}

/**
 * Holds drills and reports.
 * @returns the table, and whether every promise was kept.
 * @throws UserError when the platform is not one on which drills can be held.
 */
export async function drillCommand(
  platform: Platform,
  options: DrillOptions,
  say: (message: string) => void,
): Promise<{ text: string; isGreen: boolean }> {
  const chosen = chosenScenarios(options.scenario);
  const count = attemptsIn(options.attempts);
  const began = new Date();
  const out = options.out ?? "";
  const directory = out === "" ? join(platform.root, ".local", "drills", fileName(began)) : resolve(out);
  await requirePlatform(platform);
  await buildTools(platform, "real", () => undefined);
  mkdirSync(directory, { recursive: true });
  const interruption = new AbortController();
  const interrupt = () => {
    say("stopping: what was broken is healed first");
    interruption.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const configured = configuredCommit(platform);
  const session: Session = { platform, directory, signal: interruption.signal, say, configured, commit: "unknown" };
  const earlier = readReport(directory);
  const order = scenarios.map(({ name }) => name);
  const results: ScenarioReport[] = [];
  const conditions = conditionsOf(began);
  const report = (): DrillReport => ({ conditions: { ...conditions, commit: session.commit }, scenarios: results });
  if (earlier) requireSameConditions(earlier.conditions, { ...report().conditions, commit: configured });
  try {
    for (const scenario of chosen) {
      const attempts = await attemptsAt(session, scenario, count);
      const { name, title, covers } = scenario;
      results.push({ scenario: { name, title, covers }, attempts });
      if (earlier) requireSameConditions(earlier.conditions, report().conditions);
      writeReport(joinReports(earlier, report(), order), directory, scenarios);
      // What keeps one drill from ending keeps the next one from beginning.
      if (interruption.signal.aborted || attempts.at(-1)?.error !== undefined) break;
    }
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
  const left = chosen.length - results.length;
  return {
    text: [
      terminalReport(report(), chosen),
      `Histories, pictures and report.json are in ${relative(process.cwd(), directory) || "."}.`,
    ].join("\n"),
    isGreen: left === 0 && troubles(report()).length === 0,
  };
}

/** The same in every city: a branch with another one is refused when it comes up. */
const configuredCommit = (platform: Platform): Commit =>
  localConfig(platform, topology.cities[0]?.name ?? "", "real").database.commit;

const fileName = (date: Date): string => date.toISOString().slice(0, 19).replaceAll(":", "-");

/** @throws UserError when a city is missing, not real, or still broken. */
async function requirePlatform(platform: Platform): Promise<void> {
  for (const { name } of topology.cities) {
    requireRealCity(platform, name);
    if ((await clusterState(platform, name)) !== "running")
      throw new UserError(`the control plane of ${name} does not answer`, `make city START=${name}`);
    if (await isCut(platform, name))
      throw new UserError(`${name} is cut off from the other cities`, `make link HEAL=${name}`);
  }
}

/** How often a scenario is held again because the machine stood still meanwhile. */
const repetitions = 2;

async function attemptsAt(session: Session, scenario: Scenario, count: number): Promise<AttemptReport[]> {
  const reports: AttemptReport[] = [];
  for (let wanted = count; reports.length < wanted;) {
    const number = reports.length + 1;
    session.say(`${scenario.name}, attempt ${number} of ${wanted}: ${scenario.title}`);
    const report = await oneAttempt(session, scenario, number);
    reports.push(report);
    session.say(report.error ?? outcomeOf(report));
    if (report.error !== undefined) break;
    if (isDisturbed(report) && wanted < count + repetitions) wanted += 1;
  }
  return reports;
}

/** What came of an attempt that was carried through, in a line. */
function outcomeOf(report: AttemptReport): string {
  if (isDisturbed(report)) return "the machine itself stood still, so times mean nothing";
  return isGreen(report) ? "every promise was kept" : "a promise was broken";
}

async function oneAttempt(session: Session, scenario: Scenario, number: number): Promise<AttemptReport> {
  const { platform, signal, say } = session;
  const directory = join(session.directory, scenario.name, `${number}`);
  const revision = await revisionOf(platform.root);
  const [began, processors] = [new Date(), processorTime()];
  const about = () => ({
    number,
    began: began.toISOString(),
    revision,
    seconds: (Date.now() - began.getTime()) / 1000,
    stolen: stolenBetween(processors, processorTime()),
  });
  try {
    // Anew each time: a drill may have changed the passwords.
    const settings = await Promise.all(
      topology.cities.map(({ name: city }) => clientSettings(platform, city, load.timeoutMilliseconds)),
    );
    const {
      recording,
      complaints,
      checks: measured,
    } = await attempt({
      platform,
      topology,
      scenario,
      settings,
      commit: session.configured,
      directory,
      signal,
      say: (message) => {
        say(`  ${message}`);
      },
    });
    session.commit = recording.quorumCommit ? "quorum" : "async";
    const findings = findingsOf(recording);
    const checks = [
      ...verdictOf(scenario.promise, findings, recording),
      ...measured,
      ...complaints.map((complaint): Check => ({
        of: "data",
        what: "after healing",
        promised: "nothing wrong",
        measured: complaint,
        isKept: false,
      })),
    ];
    const broken = checks.filter(({ isKept }) => !isKept).map(({ what, measured }) => `${what}: ${measured}`);
    for (const line of broken) say(`  ✖ ${line}`);
    const summary = broken.length === 0 ? "Every promise was kept." : `Not kept: ${broken.join("; ")}.`;
    replaceFile(`${directory}.svg`, timeline(recording, `${scenario.title} (${scenario.name})`, summary));
    return { ...about(), checks, findings, figures: figuresOf(scenario.promise, findings) };
  } catch (error) {
    if (signal.aborted) return { ...about(), error: "it was interrupted" };
    if (error instanceof UserError) return { ...about(), error: error.explanation };
    return { ...about(), error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/**
 * The newest commit that changed anything but reports of drills, and whether more was changed since: a report that has been
 * committed can be gone on with.
 */
async function revisionOf(root: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run("git", ["-C", root, ...args, "--", ".", ":(exclude)docs/drills"]);
    return stdout.trim();
  };
  const [commit, changes] = [await git("log", "--max-count=1", "--format=%h"), await git("status", "--porcelain")];
  return commit === "" ? "unknown" : `${commit}${changes === "" ? "" : "-dirty"}`;
}

function conditionsOf(began: Date): Omit<DrillReport["conditions"], "commit"> {
  const [cpu] = cpus();
  return {
    date: began.toISOString(),
    machine: `${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    kernel: release(),
    load: `${load.writesPerSecond} writes and ${load.readsPerSecond} reads a second in each city`,
  };
}
