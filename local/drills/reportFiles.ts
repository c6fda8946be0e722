import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.js";
import { replaceFile } from "../files.js";
import { markdownReport, type Conditions, type DrillReport, type ScenarioReport } from "./report.js";
import type { Scenario } from "./scenario.js";

const file = (directory: string): string => join(directory, "report.json");

/** The report that an earlier command left in a directory; undefined where there is none. */
export function readReport(directory: string): DrillReport | undefined {
  const path = file(directory);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as DrillReport;
  } catch {
    throw new UserError(`${path} is no report`, "choose another directory with OUT=, or remove the file");
  }
}

/** Writes a report as JSON and as a page. @param wanted every scenario that there is: the page names those that were not held. */
export function writeReport(
  report: DrillReport,
  directory: string,
  wanted: readonly Pick<Scenario, "name" | "covers">[],
): void {
  replaceFile(file(directory), `${JSON.stringify(report, null, 2)}\n`);
  replaceFile(
    join(directory, "report.md"),
    markdownReport(report, (scenario, attempt) => `${scenario}/${attempt}.svg`, wanted),
  );
}

/** What has to be the same for drills to stand in one table; revisions are told of each. */
const comparable = ["machine", "kernel", "commit", "load"] as const satisfies readonly (keyof Conditions)[];

/** Before the first drill nobody has seen how the primary commits. */
const isKnown = (value: string): boolean => value !== "unknown";

/** @throws UserError where drills were held under other conditions than those of now. */
export function requireSameConditions(earlier: Conditions, now: Conditions): void {
  const others = comparable.filter(
    (each) => earlier[each] !== now[each] && isKnown(earlier[each]) && isKnown(now[each]),
  );
  if (others.length === 0) return;
  throw new UserError(
    "the report in this directory is of drills under other conditions",
    "choose another directory with OUT=",
    others.map((each) => `${each}: ${earlier[each]} then, ${now[each]} now`),
  );
}

/**
 * A report with what an earlier one has of other scenarios. Pure.
 * @param order names of scenarios; what is not among them comes last.
 */
export function joinReports(
  earlier: DrillReport | undefined,
  later: DrillReport,
  order: readonly string[],
): DrillReport {
  if (!earlier) return later;
  const held = new Set(later.scenarios.map(({ scenario }) => scenario.name));
  const others = earlier.scenarios.filter(({ scenario }) => !held.has(scenario.name));
  const place = ({ scenario }: ScenarioReport): number => {
    const found = order.indexOf(scenario.name);
    return found === -1 ? order.length : found;
  };
  return {
    conditions: {
      ...later.conditions,
      date: earlier.conditions.date,
      commit: isKnown(later.conditions.commit) ? later.conditions.commit : earlier.conditions.commit,
    },
    scenarios: [...others, ...later.scenarios].sort((one, other) => place(one) - place(other)),
  };
}
