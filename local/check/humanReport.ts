import type { CheckReport } from "./report.js";
import type { Violation } from "./violation.js";

/** What a check found as people read it: each rule once, with what breaks it and how to mend that. */
export function humanReport({ runs, violations }: CheckReport): string {
  const mandatory = violations.filter(({ isMandatory }) => isMandatory);
  const advisory = violations.filter(({ isMandatory }) => !isMandatory);
  return [
    ...byRule(mandatory).map((group) => section("✖", group)),
    ...byRule(advisory).map((group) => section("•", group)),
    summary(runs, mandatory.length, advisory.length),
  ].join("\n\n");
}

/** Violations of one rule; at least one. */
type Group = readonly [Violation, ...Violation[]];

function byRule(violations: readonly Violation[]): Group[] {
  const groups = new Map<string, [Violation, ...Violation[]]>();
  for (const violation of violations) {
    const group = groups.get(violation.rule);
    if (group) group.push(violation);
    else groups.set(violation.rule, [violation]);
  }
  return [...groups.values()];
}

/** The rule says what is wrong in the first line, and what to do in those after it. */
const whatIn = ({ message }: Violation): string => message.split("\n→ ")[0] ?? "";
const mendIn = ({ message }: Violation): string[] =>
  message.slice(whatIn({ message } as Violation).length + 1).split("\n");

function section(mark: string, group: Group): string {
  const [{ rule, severity, title }] = group;
  return [
    `${mark} ${rule}${severity === "none" ? "" : ` (${severity})`}: ${title}`,
    ...group.map((violation) => `    ${resourceOf(violation)}${whatIn(violation)}  [${violation.foundIn.join("; ")}]`),
    ...mendIn(group[0])
      .filter((line) => line !== "")
      .map((line) => `  ${line}`),
  ].join("\n");
}

/** `jakarta: kubernetes:apps/v1:StatefulSet database-core-stateful-set: `, or nothing for a whole stack. */
function resourceOf({ urn }: Violation): string {
  const [, , stack] = urn.split(":");
  const [, , chain = "", name = ""] = urn.split("::");
  return urn === "" ? "" : `${stack ?? ""}: ${chain.split("$").at(-1) ?? ""} ${name}: `;
}

function summary(runs: CheckReport["runs"], mandatory: number, advisory: number): string {
  const resources = runs.reduce((sum, run) => sum + run.resources, 0);
  const judged = `${resources} resources in ${runs.length} runs (${runs.map(({ run }) => run).join("; ")})`;
  return mandatory === 0
    ? `✔ Nothing stops a deployment: ${judged}; ${advisory} to look at.`
    : `✖ ${mandatory} violations stop a deployment, ${advisory} more to look at: ${judged}.`;
}
