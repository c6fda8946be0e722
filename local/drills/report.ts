import Table from "cli-table3";
import { plainTable } from "../tables.js";
import { bounds } from "./bounds.js";
import type { Findings } from "./check.js";
import type { Scenario } from "./scenario.js";
import type { Check, Figures } from "./verdict.js";

/** What came of one attempt. */
export interface AttemptReport {
  /** Counts from 1. */
  number: number;
  /** ISO 8601. */
  began: string;
  /** Of the program and the platform; "-dirty" where more was changed. */
  revision: string;
  seconds: number;
  /** Share of the processors' time, from 0 to 1, that the machine's host gave to others while it was held. */
  stolen: number;
  /** Why it could not be carried through; the rest is missing then. */
  error?: string;
  checks?: readonly Check[];
  figures?: Figures;
  findings?: Findings;
}

/** What came of one scenario. */
export interface ScenarioReport {
  scenario: Pick<Scenario, "name" | "title" | "covers">;
  attempts: readonly AttemptReport[];
}

/** Under which conditions a report was made. */
export interface Conditions {
  /** ISO 8601. */
  date: string;
  machine: string;
  kernel: string;
  commit: "async" | "quorum" | "unknown";
  load: string;
}

export interface DrillReport {
  conditions: Conditions;
  scenarios: readonly ScenarioReport[];
}

/** Whether the machine itself stood still, so that the times of an attempt are not those of the tier. */
export const isDisturbed = ({ checks = [] }: AttemptReport): boolean =>
  checks.some(({ of, isKept }) => of === "machine" && !isKept);

/** Attempts whose times count: those that were carried through undisturbed, or all where there is none. */
const counted = (attempts: readonly AttemptReport[]): readonly AttemptReport[] => {
  const undisturbed = attempts.filter((attempt) => attempt.error === undefined && !isDisturbed(attempt));
  return undisturbed.length > 0 ? undisturbed : attempts;
};

/** Whether an attempt broke a promise of the data, which counts whatever the machine did. */
const harmedData = ({ checks = [] }: AttemptReport): boolean =>
  checks.some(({ of, isKept }) => of === "data" && !isKept);

/** Whether an attempt was carried through and kept every promise. */
export const isGreen = ({ error, checks }: AttemptReport): boolean =>
  error === undefined && checks?.every(({ isKept }) => isKept) === true;

/** Median and worst of some figures; undefined where there are none. */
export function summary(values: readonly number[]): { median: number; worst: number } | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const worst = sorted.at(-1);
  if (worst === undefined) return undefined;
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? worst;
  const high = sorted[Math.floor(middle)] ?? worst;
  return { median: (low + high) / 2, worst };
}

/** The columns of figures, all of them in seconds but the number of lost writes. */
const columns: readonly { head: string; figure: keyof Figures; digits: number; isOfData?: boolean }[] = [
  { head: "writes away", figure: "recovery", digits: 1 },
  { head: "refused after", figure: "refusedAfter", digits: 1 },
  { head: "back after", figure: "backAfter", digits: 1 },
  { head: "lost writes", figure: "lostWrites", digits: 0, isOfData: true },
  { head: "their age", figure: "lostAge", digits: 1, isOfData: true },
  { head: "reads away", figure: "readGap", digits: 1 },
  { head: "staleness", figure: "staleness", digits: 1 },
];

/** A figure over all attempts: alone, or median and worst. */
function cell(attempts: readonly AttemptReport[], figure: keyof Figures, digits: number): string {
  const values = attempts.flatMap(({ figures }) => figures?.[figure] ?? []);
  const found = summary(values);
  if (!found) return "";
  const texts = values.length === 1 ? [found.worst] : [found.median, found.worst];
  return texts.map((value) => value.toFixed(digits)).join(" / ");
}

/** Rows of the table: what people want to compare. */
export function rowsOf(report: DrillReport): string[][] {
  return report.scenarios.map(({ scenario, attempts: all }) => {
    const timed = counted(all);
    const attempts = all.filter(
      (attempt) => timed.includes(attempt) || harmedData(attempt) || attempt.error !== undefined,
    );
    return [
      scenario.name,
      `${attempts.filter(isGreen).length}/${attempts.length}`,
      ...columns.map(({ figure, digits, isOfData }) => cell(isOfData ? all : timed, figure, digits)),
      percent(summary(attempts.map(({ stolen }) => stolen))?.worst ?? 0),
      [...new Set(attempts.map(({ began }) => began.slice(0, 10)))].join(", "),
      [...new Set(attempts.map(({ revision }) => revision))].join(", "),
    ];
  });
}

/** What of some scenarios a report has. */
export interface Standing {
  /** Names of those that were carried through at least once. */
  held: readonly string[];
  /** Names of the others. */
  missing: readonly string[];
  /** Requirements and rows of the matrix of tests that only missing ones prove. */
  unproven: readonly string[];
}

/** A scenario as far as it is told whether it was held. */
type Wanted = Pick<Scenario, "name" | "covers">;

/** Which of the scenarios that there are, or that were asked for, a report has. Pure. */
export function standingOf({ scenarios }: DrillReport, wanted: readonly Wanted[]): Standing {
  const carriedThrough = new Set(
    scenarios
      .filter(({ attempts }) => attempts.some(({ error }) => error === undefined))
      .map(({ scenario }) => scenario.name),
  );
  const [held, missing] = [true, false].map((is) => wanted.filter(({ name }) => carriedThrough.has(name) === is)) as [
    Wanted[],
    Wanted[],
  ];
  const proven = new Set(held.flatMap(({ covers }) => covers));
  return {
    held: held.map(({ name }) => name),
    missing: missing.map(({ name }) => name),
    unproven: [...new Set(missing.flatMap(({ covers }) => covers))].filter((each) => !proven.has(each)),
  };
}

/** How many were held, and which not, one sentence a line: a report on some says nothing of the others. */
function standingLines(report: DrillReport, wanted: readonly Wanted[]): string[] {
  const { held, missing, unproven } = standingOf(report, wanted);
  return [
    `${held.length} of ${wanted.length} scenarios held.`,
    ...(missing.length === 0 ? [] : [`Not held: ${missing.join(", ")}.`]),
    ...(unproven.length === 0 ? [] : [`Nothing that was held covers ${unproven.join(", ")}.`]),
  ];
}

/** Where there are no troubles. */
const allKept = (report: DrillReport, wanted: readonly Wanted[]): string => {
  const { held, missing } = standingOf(report, wanted);
  if (held.length === 0) return "No promise was tried.";
  return missing.length === 0 ? "Every promise was kept." : "Every promise of those that were held was kept.";
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;

export const heads: readonly string[] = [
  "scenario",
  "green",
  ...columns.map(({ head }) => head),
  "stolen",
  "date",
  "revision",
];

/**
 * Promises that were not kept and attempts that ended early, one line each. What a disturbed attempt says of the data
 * always counts; what it says of times only where there is no other.
 */
export function troubles({ scenarios }: DrillReport): string[] {
  return scenarios.flatMap(({ scenario, attempts }) => [
    ...attempts.flatMap((attempt) => {
      const { number, error, checks = [] } = attempt;
      const isCounted = counted(attempts).includes(attempt);
      return [
        ...(error === undefined ? [] : [`${scenario.name} ${number}: ${error}`]),
        ...checks
          .filter(({ of, isKept }) => !isKept && (isCounted || of === "data"))
          .map(({ what, promised, measured }) => `${scenario.name} ${number}: ${what}: ${promised}, but ${measured}`),
      ];
    }),
    ...medianTrouble(scenario.name, counted(attempts)),
  ]);
}

/** Attempts that were held again because the machine stood still, one line each. */
function repetitions({ scenarios }: DrillReport): string[] {
  return scenarios.flatMap(({ scenario, attempts }) =>
    attempts
      .filter((attempt) => isDisturbed(attempt) && !counted(attempts).includes(attempt))
      .map(({ number, findings }) => {
        const seconds = findings?.stall.toFixed(1) ?? "?";
        return `${scenario.name} ${number}: the machine stood still for ${seconds} s, so its times don't count`;
      }),
  );
}

/** Scenarios that promise a recovery within the usual bound promise a median over several attempts too. */
function medianTrouble(name: string, attempts: readonly AttemptReport[]): string[] {
  const isRecovery = (check: Check) =>
    check.what.endsWith("writes, longest gap") && check.promised === `at most ${bounds.recovery} s`;
  const values = attempts.flatMap(({ figures, checks = [] }) =>
    checks.some(isRecovery) ? (figures?.recovery ?? []) : [],
  );
  const found = summary(values);
  if (values.length < 3 || !found || found.median <= bounds.recoveryMedian) return [];
  return [
    `${name}: median of ${values.length} recoveries: at most ${bounds.recoveryMedian} s, but ${found.median.toFixed(1)} s`,
  ];
}

const units =
  "Figures in seconds; of several attempts the median / the worst. Stolen is the share of the processors' time that the machine's host gave to others.";

/** For the terminal. @param wanted the scenarios that were asked for. */
export function terminalReport(report: DrillReport, wanted: readonly Wanted[]): string {
  const table = new Table({ head: [...heads], ...plainTable });
  table.push(...rowsOf(report));
  const lines = troubles(report);
  return [
    table.toString(),
    units,
    ...(lines.length === 0 ? [allKept(report, wanted)] : ["", ...lines.map((line) => `✖ ${line}`)]),
    ...repetitions(report),
    ...standingLines(report, wanted),
  ].join("\n");
}

/**
 * For people, in Markdown.
 * @param pictureOf path of the picture of an attempt, from where the text is. @param wanted every scenario that there is.
 */
export function markdownReport(
  report: DrillReport,
  pictureOf: (scenario: string, attempt: number) => string,
  wanted: readonly Wanted[],
): string {
  const { date, machine, kernel, commit, load } = report.conditions;
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const lines = troubles(report);
  const again = repetitions(report);
  return [
    "# Report of the drills",
    "",
    `Begun ${date}. ${machine}; Linux ${kernel}. Commit: ${commit}. Load: ${load}.`,
    "",
    standingLines(report, wanted).join(" "),
    "",
    units,
    "",
    row(heads),
    row(heads.map(() => "---")),
    ...rowsOf(report).map(row),
    "",
    ...(lines.length === 0 ? [allKept(report, wanted)] : ["Not kept:", "", ...lines.map((line) => `- ${line}`)]),
    "",
    ...(again.length === 0 ? [] : ["Held again:", "", ...again.map((line) => `- ${line}`), ""]),
    ...report.scenarios.flatMap(({ scenario, attempts }) => [
      `## ${scenario.name}`,
      "",
      `${scenario.title} (${scenario.covers.join(", ")}).`,
      "",
      ...attempts
        .filter(({ findings }) => findings)
        .map(
          ({ number }) => `![Timeline of attempt ${number} at ${scenario.name}](${pictureOf(scenario.name, number)})`,
        ),
      "",
    ]),
  ].join("\n");
}
