import { cityNames, nusantara } from "../../stacks/topology.js";
import { bounds } from "./bounds.js";
import type { CityFindings, Findings } from "./check.js";
import { readEntries } from "./contract.js";
import type { Recording } from "./recording.js";
import type { CityPromise, LeaderPromise, ScenarioPromise } from "./scenario.js";

/** One promise and what became of it. */
export interface Check {
  /**
   * What it is of: the data, the time that something took, or the machine on which both were measured. Times mean
   * nothing where the machine stood still.
   */
  of: "data" | "time" | "machine";
  what: string;
  promised: string;
  measured: string;
  isKept: boolean;
}

const inSeconds = (value: number): string => `${value.toFixed(1)} s`;

/** A time that may not be longer than a bound; both in seconds. @param value undefined where it never came to that. */
export const atMost = (what: string, bound: number, value: number | undefined): Check => ({
  of: "time",
  what,
  promised: `at most ${bound} s`,
  measured: value === undefined ? "never" : inSeconds(value),
  isKept: value !== undefined && value <= bound,
});

const none = (what: string, examples: readonly string[]): Check => ({
  of: "data",
  what,
  promised: "none",
  measured: examples.length === 0 ? "none" : `${examples.length}, e.g. ${examples.slice(0, 3).join("; ")}`,
  isKept: examples.length === 0,
});

/** A member that must never lead (M9). */
const isReporting = (member: string): boolean => member.includes("-reporting-");

/** The city that a member is named after. */
const cityOf = (member: string | undefined): string | undefined =>
  cityNames(nusantara).find((city) => member?.startsWith(`${city}-`));

/** Every promise of a scenario and of the cluster itself, held against what the clients saw. */
export function verdictOf(
  promise: ScenarioPromise,
  findings: Findings,
  { quorumCommit }: Pick<Recording, "quorumCommit">,
): Check[] {
  return [
    ...safetyChecks(promise, findings, quorumCommit),
    leaderCheck(promise.leader, findings.leadership),
    ...Object.entries(promise.cities).flatMap(([city, promised]) => {
      const found = findings.cities[city];
      return found ? cityChecks(city, promised, found) : [];
    }),
  ];
}

function safetyChecks({ lostAge }: ScenarioPromise, findings: Findings, quorumCommit: boolean): Check[] {
  const allowed = quorumCommit ? 0 : lostAge;
  const { lost } = findings;
  return [
    none(
      "two writers at once",
      findings.overlaps.map(
        ({ writers, seconds }) =>
          `${writers.map(({ server, timeline }) => `${server} on timeline ${timeline}`).join(" and ")} for ${inSeconds(seconds)}`,
      ),
    ),
    {
      of: "data",
      what: "lost acknowledged writes",
      promised: allowed === 0 ? "none" : `none older than ${allowed} s`,
      measured: lost.length === 0 ? "none" : `${lost.length}, up to ${inSeconds(findings.lostAge)} old`,
      isKept: lost.length === 0 || (allowed > 0 && findings.lostAge <= allowed),
    },
    none(
      "rows that nobody wrote, or that were refused",
      findings.phantoms.map(({ client, sequence, why }) => `${client} ${sequence}: ${why}`),
    ),
    none(
      "copies that differ from the primary",
      Object.entries(findings.diverged).map(([city, rows]) => `${city} by ${rows} rows`),
    ),
    none("reporting members that led", findings.leadership.all.filter(isReporting)),
    // A load that stood still would hide gaps, or make some up.
    { ...atMost("longest pause of the load itself", bounds.stall, findings.stall), of: "machine" },
  ];
}

function leaderCheck(promise: LeaderPromise, { before, atHealing }: Findings["leadership"]): Check {
  const kept: Record<LeaderPromise, boolean> = {
    same: before !== undefined && atHealing === before,
    "other member": atHealing !== undefined && atHealing !== before,
    "other city": atHealing !== undefined && cityOf(atHealing) !== cityOf(before),
    nobody: atHealing === undefined,
    any: true,
  };
  return {
    // Where nobody may lead, a leader is no matter of time.
    of: promise === "nobody" ? "data" : "time",
    what: "leader when healing began",
    promised: promise,
    measured: `${atHealing ?? "nobody"}, before ${before ?? "nobody"}`,
    isKept: kept[promise],
  };
}

function cityChecks(city: string, { writes, reads }: CityPromise, found: CityFindings): Check[] {
  return [
    ...writeChecks(city, writes, found),
    ...readEntries.flatMap((entry) => {
      const [promise, read] = [reads[entry], found.reads[entry]];
      const name = `${city}: reads through ${entry}`;
      if (promise.kind === "away")
        return [atMost(`${name}, back after healing`, promise.back, read.gapAfterHealing.seconds)];
      const checks = [atMost(`${name}, longest gap`, promise.gap, read.gap.seconds)];
      if (promise.from) checks.push(sourceCheck(name, promise.from, read.servedBy));
      return checks;
    }),
  ];
}

function writeChecks(city: string, promise: CityPromise["writes"], found: CityFindings): Check[] {
  const name = `${city}: writes`;
  switch (promise.kind) {
    case "continue":
      return [atMost(`${name}, longest gap`, promise.gap, found.writes.seconds)];
    case "refused":
      return [
        atMost(`${name}, last one acknowledged after the fault`, promise.within, found.refusal.refusedAfter),
        atMost(`${name}, back after healing`, promise.back, found.refusal.backAfter),
      ];
    case "away":
      return [atMost(`${name}, back after healing`, promise.back, found.refusal.backAfter)];
  }
}

function sourceCheck(name: string, from: readonly string[], servedBy: Readonly<Record<string, number>>): Check {
  const others = Object.keys(servedBy).filter((member) => !from.includes(member));
  const text = Object.entries(servedBy)
    .map(([member, count]) => `${member} ${count} times`)
    .join(", ");
  return {
    of: "time",
    what: `${name}, answered by`,
    promised: from.join(" or "),
    measured: text === "" ? "nobody" : text,
    isKept: text !== "" && others.length === 0,
  };
}

/** Figures of one attempt that are compared over several, in seconds. */
export interface Figures {
  /** Longest time without an acknowledged write in a city that was promised them; undefined where none was. */
  recovery: number | undefined;
  lostWrites: number;
  lostAge: number;
  /** Last acknowledged write after the fault, where writes were to be refused. */
  refusedAfter: number | undefined;
  /** First acknowledged write after healing, in the same cities. */
  backAfter: number | undefined;
  /** Longest gap of reads in a city that was promised them. */
  readGap: number | undefined;
  staleness: number;
}

const worst = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.max(...values);

export function figuresOf(promise: ScenarioPromise, findings: Findings): Figures {
  const cities = Object.entries(promise.cities).flatMap(([city, promised]) => {
    const found = findings.cities[city];
    return found ? [{ promised, found }] : [];
  });
  const refused = cities.filter(({ promised }) => promised.writes.kind === "refused");
  const reads = cities.flatMap(({ promised, found }) =>
    readEntries.filter((entry) => promised.reads[entry].kind === "continue").map((entry) => found.reads[entry]),
  );
  return {
    recovery: worst(
      cities.filter(({ promised }) => promised.writes.kind === "continue").map(({ found }) => found.writes.seconds),
    ),
    lostWrites: findings.lost.length,
    lostAge: findings.lostAge,
    refusedAfter: worst(refused.map(({ found }) => found.refusal.refusedAfter)),
    backAfter: worst(refused.map(({ found }) => found.refusal.backAfter ?? bounds.cityBack)),
    readGap: worst(reads.map(({ gap }) => gap.seconds)),
    staleness: worst(reads.map(({ staleness }) => staleness.worst)) ?? 0,
  };
}
