import type { z } from "zod";
import { problemsOf, suggestion, type ConfigProblem } from "./configErrors.js";

/** Configuration as a stack's file has it, with the namespace `nusantara:` taken off the keys. */
export interface RawConfig {
  /** What to call it in messages, e.g. `configuration of stack "jakarta"`. */
  source: string;
  values: Readonly<Record<string, unknown>>;
  /** Keys that were encrypted. */
  encrypted: ReadonlySet<string>;
}

/** The values of the keys that have the form of their schema, and what is wrong with the others. */
export function checkKeys(
  raw: RawConfig,
  schemas: Readonly<Record<string, z.ZodType>>,
  secretKeys: readonly string[] = [],
): { parsed: Record<string, unknown>; problems: ConfigProblem[] } {
  const parsed: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [key, schema] of Object.entries(schemas)) {
    const value = raw.values[key];
    const result = schema.safeParse(value);
    if (result.success) parsed[key] = result.data;
    else {
      const secret = secretKeys.includes(key) || raw.encrypted.has(key);
      problems.push(...problemsOf(key, { schema, value, secret }, result.error));
    }
  }
  return { parsed, problems };
}

/** Keys that no schema knows. */
export const unknownKeys = (raw: RawConfig, known: readonly string[]): ConfigProblem[] =>
  Object.keys(raw.values)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: `nusantara:${key}`, message: `unknown key${suggestion(key, known)}` }));
