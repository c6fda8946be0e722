import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import type { CapturedResource, CapturedStack } from "../render/capture.js";
import type { Analyzer } from "./analyzer.js";
import { analyzeRequest, analyzeStackRequest } from "./requests.js";
import type { Violation } from "./violation.js";

/** The outputs that a provider knows after an update, and nothing as in the first preview of a cluster. */
export const outputsAfterUpdate = ({ inputs }: CapturedResource): Record<string, unknown> => inputs;
export const outputsOfFirstPreview = (): Record<string, unknown> => ({});

/** Sends a stack to a pack as the engine does: each resource before it is changed, and all of them at the end. */
export async function judgeStack(
  analyzer: Analyzer,
  { resources }: Pick<CapturedStack, "resources">,
  outputsOf: (resource: CapturedResource) => Record<string, unknown>,
  foundIn: string,
): Promise<Violation[]> {
  const responses = await Promise.all(resources.map((resource) => analyzer.analyze(analyzeRequest(resource))));
  const last = await analyzer.analyzeStack(analyzeStackRequest(resources, outputsOf));
  return [...responses, last].flatMap((response) =>
    response.getDiagnosticsList().map((each) => violationOf(each, foundIn)),
  );
}

const severities: Readonly<Record<number, Violation["severity"]>> = {
  [messages.PolicySeverity.POLICY_SEVERITY_LOW]: "low",
  [messages.PolicySeverity.POLICY_SEVERITY_MEDIUM]: "medium",
  [messages.PolicySeverity.POLICY_SEVERITY_HIGH]: "high",
  [messages.PolicySeverity.POLICY_SEVERITY_CRITICAL]: "critical",
};

function violationOf(diagnostic: messages.AnalyzeDiagnostic, foundIn: string): Violation {
  const title = diagnostic.getDescription();
  const text = diagnostic.getMessage();
  return {
    rule: diagnostic.getPolicyname(),
    urn: diagnostic.getUrn(),
    // Whatever is not plainly advisory stops a deployment.
    isMandatory: diagnostic.getEnforcementlevel() !== messages.EnforcementLevel.ADVISORY,
    severity: severities[diagnostic.getSeverity()] ?? "none",
    title,
    // The SDK puts the title before what the rule says.
    message: text.startsWith(`${title}\n`) ? text.slice(title.length + 1) : text,
    foundIn: [foundIn],
  };
}
