import { z } from "zod";
import type { Rule } from "./rule.js";

/** The rules as a page: a table of all, and a section for each that violations link to. */
export function catalogue(rules: readonly Rule[]): string {
  const sorted = [...rules].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    "# Rules of the policy pack",
    "Written by `make policy-rules` out of `policy/rules/`; a test holds the two together. [policy.md](policy.md) says how the pack works.",
    table(sorted),
    ...sorted.map(section),
    "",
  ].join("\n\n");
}

const table = (rules: readonly Rule[]): string =>
  [
    "| rule | demands | severity | level | judges |",
    "| --- | --- | --- | --- | --- |",
    ...rules.map(
      ({ name, title, severity, level, needsStack }) =>
        `| [${name}](#${name}) | ${title} | ${severity} | ${level} | ${needsStack ? "the stack" : "a resource"} |`,
    ),
  ].join("\n");

const section = (rule: Rule): string =>
  [
    `## ${rule.name}`,
    `${rule.title}. (${rule.severity}, ${rule.level})`,
    rule.why,
    `**To mend it:** ${rule.remedy}`,
    ...parametersOf(rule),
  ].join("\n\n");

/** Names and defaults of what the settings may change. */
function parametersOf({ parameters }: Rule): string[] {
  const defaults = Object.entries(z.record(z.string(), z.unknown()).parse(parameters.parse({})));
  const optional = Object.keys(parameters.shape).filter((name) => !defaults.some(([given]) => given === name));
  const lines = [
    ...defaults.map(([name, value]) => `- \`${name}\`, by default \`${JSON.stringify(value)}\``),
    ...optional.map((name) => `- \`${name}\`, by default nothing`),
  ];
  return lines.length === 0 ? [] : [`Parameters:`, lines.join("\n")];
}
