import type { DescribedRule } from "./describedRule.js";
import { merged, type Violation } from "./violation.js";

/** What a check found in all runs that it stands in for. */
export interface CheckReport {
  runs: { run: string; resources: number }[];
  rules: DescribedRule[];
  violations: Violation[];
}

/** Several reports as one, in which each violation is told once. */
export const joined = (reports: readonly CheckReport[]): CheckReport => ({
  runs: reports.flatMap(({ runs }) => runs),
  rules: reports[0]?.rules ?? [],
  violations: merged(reports.flatMap(({ violations }) => violations)),
});
