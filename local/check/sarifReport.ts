import type { Log, ReportingDescriptor, Result } from "sarif";
import type { CheckReport } from "./report.js";
import type { DescribedRule } from "./describedRule.js";
import type { Violation } from "./violation.js";

/** What a check found in the format that code hosts show beside a change (SARIF 2.1.0). */
export const sarifReport = ({ rules, violations }: CheckReport): Log => ({
  $schema: "https://json.schemastore.org/sarif-2.1.0.json",
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name: "nusantara-policy",
          informationUri: "https://www.pulumi.com/crossguard/",
          rules: rules.map(descriptor),
        },
      },
      results: violations.map((violation) => result(violation, rules)),
    },
  ],
});

const descriptor = ({ name, title, remedy, url }: DescribedRule): ReportingDescriptor => ({
  id: name,
  shortDescription: { text: title },
  ...(remedy !== "" && { help: { text: `${remedy} See ${url}.` } }),
});

function result(
  { rule, urn, isMandatory, severity, title, message, foundIn }: Violation,
  rules: DescribedRule[],
): Result {
  const ruleIndex = rules.findIndex(({ name }) => name === rule);
  return {
    ruleId: rule,
    ...(ruleIndex >= 0 && { ruleIndex }),
    level: isMandatory ? "error" : "note",
    message: { text: `${title}\n${message}` },
    locations: [
      {
        // A program's resources have no line of their own; the stack's file is the nearest thing that can be opened.
        physicalLocation: { artifactLocation: { uri: stackFileOf(urn, foundIn) }, region: { startLine: 1 } },
        ...(urn !== "" && { logicalLocations: [{ fullyQualifiedName: urn, kind: "resource" }] }),
      },
    ],
    partialFingerprints: { "violation/v1": JSON.stringify([rule, urn, message]) },
    properties: { severity, foundIn },
  };
}

function stackFileOf(urn: string, foundIn: readonly string[]): string {
  const stack = urn === "" ? foundIn[0]?.split(",")[0] : urn.split(":")[2];
  return `Pulumi.${stack ?? ""}.yaml`;
}
