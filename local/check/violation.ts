/** What a pack objects to. */
export interface Violation {
  /** Name of the rule. */
  rule: string;
  /** URN; empty for the stack as a whole. */
  urn: string;
  /** Whether it stops a deployment; else it is only shown. */
  isMandatory: boolean;
  severity: "low" | "medium" | "high" | "critical" | "none";
  /** What is demanded. */
  title: string;
  /** What is wrong, a line each for what, how to mend it, and where to read on. */
  message: string;
  /** What was checked, e.g. `jakarta, production, preview`; one violation may be found in several. */
  foundIn: string[];
}

/** The same violation found in several runs is one. */
export function merged(violations: readonly Violation[]): Violation[] {
  const byIdentity = new Map<string, Violation>();
  for (const violation of violations) {
    const { rule, urn, message } = violation;
    const identity = JSON.stringify([rule, urn, message]);
    const known = byIdentity.get(identity);
    byIdentity.set(identity, known ? { ...known, foundIn: [...known.foundIn, ...violation.foundIn] } : violation);
  }
  return [...byIdentity.values()];
}
