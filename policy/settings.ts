import { isDeepStrictEqual } from "node:util";
import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { levels, type Judge, type Rule } from "./rule.js";

const unknownValues = z.enum(["mandatory", "advisory"]);

const ruleSettings = z
  .strictObject({
    level: z.enum(levels).optional(),
    /** As for all rules below. */
    unknownValues: unknownValues.optional(),
    parameters: z.record(z.string(), z.unknown()).default({}),
    /** Why; demanded for a level, and for what unknown values do. */
    reason: z.string().min(20).optional(),
  })
  .refine(({ level, unknownValues, reason }) => (level ?? unknownValues) === undefined || reason !== undefined, {
    path: ["reason"],
    message: "is missing: say in at least 20 characters why this stack is judged otherwise",
  });

const byRule = z.record(z.string(), ruleSettings).default({});

const overridden = z.strictObject({
  /** Names of stacks. @default all */
  stacks: z.array(z.string()).min(1).optional(),
  /** Keys of the stack's configuration with what they must hold; of an object, the keys that are named. @default any */
  configuration: z.record(z.string(), z.unknown()).default({}),
  /** What a value that is not known before the update does: stop a preview as a violation would, or be shown only. */
  unknownValues: unknownValues.optional(),
  rules: byRule,
});

const schema = z.strictObject({
  unknownValues: unknownValues.default("mandatory"),
  rules: byRule,
  /** Later ones win. */
  overrides: z.array(overridden).default([]),
});

/** The settings of the pack, checked. */
export type Settings = z.output<typeof schema>;

/** What is known of the stack before any of its resources. */
export interface StackContext {
  name: string;
  /** By full key, e.g. `nusantara:cluster`. Values that are JSON are compared as what they say. */
  configuration: Readonly<Record<string, string>>;
}

/** A rule as a stack has it. */
export interface EffectiveRule extends Omit<Rule, "judgeWith" | "parameters"> {
  judge: Judge;
  /** What it does when it can't judge before the update. */
  unknownValues: z.output<typeof unknownValues>;
}

/** Settings that can't be followed. Every problem, one a line, with its place. */
export class SettingsError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super([`${file} can't be followed:`, ...problems.map((problem) => `  - ${problem}`)].join("\n"));
    this.name = "SettingsError";
  }
}

/**
 * Checks the settings against the rules: unknown names of rules and parameters, wrong forms, levels without a reason.
 * @throws SettingsError with every problem.
 */
export function parseSettings(file: string, content: unknown, rules: readonly Rule[]): Settings {
  const result = schema.safeParse(content ?? {});
  if (!result.success) throw new SettingsError(file, issuesOf(result.error, []));
  const settings = result.data;
  const problems = [
    ...problemsOf(settings.rules, ["rules"], rules),
    ...settings.overrides.flatMap((override, index) =>
      problemsOf(override.rules, ["overrides", index, "rules"], rules),
    ),
  ];
  if (problems.length > 0) throw new SettingsError(file, problems);
  return settings;
}

type Path = readonly PropertyKey[];

const issuesOf = ({ issues }: z.ZodError, path: Path): string[] =>
  issues.map((issue) => `${[...path, ...issue.path].map(String).join(".")}: ${issue.message}`);

function problemsOf(byName: Settings["rules"], path: Path, rules: readonly Rule[]): string[] {
  return Object.entries(byName).flatMap(([name, { parameters }]) => {
    const rule = rules.find((each) => each.name === name);
    if (rule === undefined) return [`${[...path, name].map(String).join(".")}: ${unknownRule(name, rules)}`];
    const result = rule.parameters.safeParse(parameters);
    return result.success ? [] : issuesOf(result.error, [...path, name, "parameters"]);
  });
}

/** Says that there is no such rule, and which one may be meant. */
export const unknownRule = (name: string, rules: readonly Rule[]): string =>
  `there is no rule "${name}"; did you mean "${closest(
    name,
    rules.map((rule) => rule.name),
  )}"?`;

/** The rules with the levels and parameters that a stack has. */
export function settingsFor(settings: Settings, rules: readonly Rule[], stack: StackContext): EffectiveRule[] {
  const layers = settings.overrides.filter((override) => applies(override, stack));
  const unknown = last(layers.map((layer) => layer.unknownValues)) ?? settings.unknownValues;
  return rules.map(({ judgeWith, ...rule }) => {
    const given = [settings, ...layers].map((layer) => layer.rules[rule.name]).filter((each) => each !== undefined);
    const parameters: unknown = Object.assign({}, ...given.map((each) => each.parameters));
    return {
      ...rule,
      level: last(given.map(({ level }) => level)) ?? rule.level,
      unknownValues: last(given.map(({ unknownValues }) => unknownValues)) ?? unknown,
      judge: judgeWith(parameters),
    };
  });
}

/** The last one that says something. */
const last = <Item>(items: readonly (Item | undefined)[]): Item | undefined =>
  items.findLast((item) => item !== undefined);

const applies = ({ stacks, configuration }: z.output<typeof overridden>, stack: StackContext): boolean =>
  (stacks?.includes(stack.name) ?? true) &&
  Object.entries(configuration).every(([key, wanted]) => holds(valueOf(stack.configuration[key]), wanted));

function valueOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function holds(value: unknown, wanted: unknown): boolean {
  if (!isRecord(wanted)) return isDeepStrictEqual(value, wanted);
  return isRecord(value) && Object.entries(wanted).every(([key, item]) => holds(value[key], item));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
