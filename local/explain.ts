import { RunError } from "@pulumi/pulumi";
import { ConfigError } from "../stacks/configErrors.js";
import { UserError } from "./errors.js";

/** What another process of ours has explained already. */
export class ExplainedError extends Error {}

/** Errors that people can mend are shown as they are; all others with their stack, for us. */
export function explain(error: unknown): string {
  if (error instanceof UserError) return error.explanation;
  const expected = error instanceof ConfigError || error instanceof ExplainedError || RunError.isInstance(error);
  if (expected) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
