import { closest, distance } from "fastest-levenshtein";
import { toJSONSchema, type z } from "zod";

/** One thing that is wrong in a configuration. */
export interface ConfigProblem {
  /** Where, e.g. `nusantara:network.pods`. */
  path: string;
  /** What is wrong, and what was probably meant. */
  message: string;
}

/** A configuration that can't be used. The message lists every problem. */
export class ConfigError extends Error {
  constructor(
    readonly source: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super(ConfigError.describe(source, problems));
    this.name = "ConfigError";
  }

  private static describe(source: string, problems: readonly ConfigProblem[]): string {
    const width = Math.max(...problems.map(({ path }) => path.length));
    const lines = problems.map(({ path, message }) => `  ${path.padEnd(width)}  ${message}`);
    const count = problems.length === 1 ? "1 error" : `${problems.length} errors`;
    return [`${source} has ${count}:`, ...lines].join("\n");
  }
}

/** `; did you mean "x"?` where a candidate is near enough to be a slip, else the candidates. */
export function suggestion(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return "";
  const nearest = closest(word, [...candidates]);
  const near = distance(word.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.floor(nearest.length / 3));
  return near ? `; did you mean "${nearest}"?` : `; it can be ${candidates.map((name) => `"${name}"`).join(", ")}`;
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: { enum?: string[] };
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** Every object schema that can stand at a path, alternatives included. */
function schemasAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema[] {
  const alternatives = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const [step, ...rest] = path;
  if (step === undefined) return alternatives;
  return alternatives.flatMap(({ properties, additionalProperties }) => {
    const next = properties?.[String(step)] ?? additionalProperties;
    return typeof next === "object" ? schemasAt(next, rest) : [];
  });
}

/** Keys that may stand at a path: those of an object, or the names that a record accepts. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const json = toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const keys = schemasAt(json, path).flatMap(({ properties, propertyNames }) => [
    ...Object.keys(properties ?? {}),
    ...(propertyNames?.enum ?? []),
  ]);
  return [...new Set(keys)];
}

interface Explained {
  /** Schema of the whole key, to look suggestions up in. */
  schema: z.ZodType;
  /** What was given for the whole key. */
  value: unknown;
  /** Whether the value may appear in a message. */
  secret: boolean;
}

/** Issues of one top-level key, as problems with full paths and suggestions. */
export function problemsOf(key: string, explained: Explained, error: z.ZodError): ConfigProblem[] {
  return error.issues.flatMap((issue) =>
    problemsOfIssue(issue, explained).map(({ path, message }) => ({
      path: [`nusantara:${key}`, ...path.map(String)].join("."),
      message,
    })),
  );
}

/** What zod calls a type, in words; others take their own name. */
const typeNames: Readonly<Record<string, string>> = {
  array: "a list",
  int: "a whole number",
  object: "an object",
  record: "an object",
};

interface Problem {
  path: PropertyKey[];
  message: string;
}

function problemsOfIssue(issue: z.core.$ZodIssue, { schema, value, secret }: Explained): Problem[] {
  const given = valueAt(value, issue.path);
  const shown = secret ? "the value" : given === undefined ? "nothing" : JSON.stringify(given);
  const here = (message: string): Problem[] => [{ path: issue.path, message }];
  const notOneOf = (values: readonly string[]): string =>
    given === undefined
      ? `is missing${suggestion("", values)}`
      : `${shown} is not known${suggestion(typeof given === "string" ? given : "", values)}`;
  const unknown = (parent: PropertyKey[], name: string): Problem => ({
    path: [...parent, name],
    message: `unknown key${suggestion(name, knownKeys(schema, parent))}`,
  });
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((name) => unknown(issue.path, name));
    case "invalid_key": {
      const parent = issue.path.slice(0, -1);
      if (knownKeys(schema, parent).length > 0) return [unknown(parent, String(issue.path.at(-1)))];
      return here(issue.issues[0]?.message ?? issue.message);
    }
    case "invalid_value":
      return here(notOneOf(issue.values.map(String)));
    case "invalid_union": {
      const json = toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
      // The path ends with the discriminator itself.
      const kinds = schemasAt(json, issue.path.slice(0, -1)).flatMap(({ properties }) =>
        constantOf(properties, issue.discriminator),
      );
      return here(notOneOf(kinds));
    }
    case "invalid_type": {
      const expected = typeNames[issue.expected] ?? `a ${issue.expected}`;
      return here(given === undefined ? `is missing; it must be ${expected}` : `${shown} must be ${expected}`);
    }
    case "invalid_format":
      return here(`${shown} ${issue.message}`);
    case "too_small":
      return here(
        `${shown} is too small: ${issue.inclusive === false ? "more than" : "at least"} ${String(issue.minimum)}`,
      );
    case "too_big":
      return here(`${shown} is too big: at most ${String(issue.maximum)}`);
    default:
      return here(issue.message);
  }
}

function constantOf(properties: Record<string, JsonSchema> | undefined, key: string | undefined): string[] {
  const property = key === undefined ? undefined : (properties?.[key] as { const?: unknown } | undefined);
  return typeof property?.const === "string" ? [property.const] : [];
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((current, step) => (current as Record<PropertyKey, unknown> | null | undefined)?.[step], value);
