import type { Resource, Stack } from "./model/resource.js";
import { NotKnownError, UnjudgeableError } from "./model/value.js";
import type { Judge } from "./rule.js";

/** Something wrong with a resource, or with what is known of it. */
export interface Finding {
  message: string;
  /** Whether it is only that a value is not known before the update. */
  isUnknown: boolean;
}

/**
 * What a rule finds. It fails closed: a value that is not known, inputs of a wrong form and a fault of the rule itself
 * are findings too, and what was found before them stays.
 */
export function judge(rule: Judge, resource: Resource, stack: Stack): Finding[] {
  const findings: Finding[] = [];
  try {
    for (const message of rule(resource, stack)) findings.push({ message, isUnknown: false });
  } catch (error) {
    findings.push(unjudged(error));
  }
  return findings;
}

function unjudged(error: unknown): Finding {
  if (error instanceof UnjudgeableError) {
    return { message: `Can't be judged: ${error.message}.`, isUnknown: error instanceof NotKnownError };
  }
  // The message of an unexpected error may quote an input, and inputs may be secret.
  const [name, place] = error instanceof Error ? [error.name, placeOf(error)] : ["something else", ""];
  return { message: `Can't be judged: the rule itself failed with ${name}${place}. Report it.`, isUnknown: false };
}

const placeOf = ({ stack = "" }: Error): string => {
  const frame = stack.split("\n").find((line) => line.trimStart().startsWith("at "));
  return frame === undefined ? "" : ` ${frame.trim()}`;
};
