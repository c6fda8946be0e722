import { z } from "zod";
import { isLike } from "../../policy/pattern.js";
import { UserError } from "../errors.js";
import { checkers, type Finding } from "./finding.js";

const exception = z.strictObject({
  /** Name of the check. */
  check: z.string().min(1),
  /** `<Kind> <namespace>/<name>` of objects, with `*` for any text. */
  resources: z.string().min(1),
  /** Why the finding does not matter, or who looks after it instead. */
  reason: z.string().min(20, "must say in at least 20 characters why"),
});

const schema = z.strictObject({
  kubeconform: z.array(exception).default([]),
  checkov: z.array(exception).default([]),
});

/** Findings that are no faults here, by checker. */
export type Exceptions = z.output<typeof schema>;

/**
 * Checks exceptions: unknown checkers and keys, and exceptions without a reason.
 * @throws UserError with every problem.
 */
export function parseExceptions(file: string, content: unknown): Exceptions {
  const result = schema.safeParse(content ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
  throw new UserError(`${file} can't be followed`, "mend it; docs/policy.md tells how", problems);
}

/** What is left of findings, and what is wrong with the exceptions themselves. */
export interface Verdict {
  faults: readonly Finding[];
  /** Exceptions that except nothing: what they were for is mended, or their names are wrong. */
  unmatched: readonly string[];
  /** How many findings were excepted. */
  excepted: number;
}

/**
 * Takes the exceptions off the findings.
 * @param ran the checkers whose findings these are; exceptions from others are not asked for.
 */
export function verdictOn(
  findings: readonly Finding[],
  exceptions: Exceptions,
  ran: readonly (keyof Exceptions)[],
): Verdict {
  const all = checkers
    .filter((checker) => ran.includes(checker))
    .flatMap((checker) => exceptions[checker].map((each) => ({ checker, ...each })));
  const covers = (each: (typeof all)[number], finding: Finding): boolean =>
    each.checker === finding.checker && each.check === finding.check && isLike(each.resources, finding.resource);
  const faults = findings.filter((finding) => !all.some((each) => covers(each, finding)));
  return {
    faults,
    unmatched: all
      .filter((each) => !findings.some((finding) => covers(each, finding)))
      .map(({ checker, check, resources }) => `${checker}: ${check} of ${resources}`),
    excepted: findings.length - faults.length,
  };
}
