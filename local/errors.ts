/** Something that the person at the keyboard can mend: shown without a stack. */
export class UserError extends Error {
  /** What happened, why, and what to do, for the end of a run. The message alone is one line. */
  readonly explanation: string;

  constructor(
    /** What happened, in one line. */
    what: string,
    /** What to do about it. */
    readonly remedy: string,
    /** Why, in the words of whoever refused; one entry a line. */
    details: readonly string[] = [],
  ) {
    super(what);
    this.name = "UserError";
    this.explanation = [what, ...details.map((line) => `    ${line}`), `  → ${remedy}`].join("\n");
  }
}

/** What an error says, with its reasons where it has any. */
export function wordsOf(error: unknown): string {
  if (error instanceof UserError) return error.explanation;
  return error instanceof Error ? error.message : String(error);
}

/** The last lines of a program's output, without the empty ones. */
export const lastLines = (output: string, count: number): string[] =>
  output
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);
