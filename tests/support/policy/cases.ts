import type { Rule } from "../../../policy/rule.js";
import type { Value } from "../../../policy/model/value.js";
import { notKnown } from "../../../policy/model/value.js";
import { withValue, type Given } from "./inputs.js";

/** What a rule has to say of one resource among others. */
export interface RuleCase {
  name: string;
  given: Given;
  /** What else the stack registers. */
  beside?: readonly Given[];
  parameters?: Record<string, unknown>;
}

/** A resource that keeps a rule, and what breaks it. */
export interface RuleCases {
  rule: Rule;
  good: readonly RuleCase[];
  bad: readonly RuleCase[];
  /** With a value that is not known before the update. */
  unknown: readonly RuleCase[];
}

interface Variants {
  rule: Rule;
  /** A resource that keeps the rule. */
  given: Given;
  beside?: readonly Given[];
  parameters?: Record<string, unknown>;
  /** Further ones that do. */
  good?: readonly RuleCase[];
  /** Each fault by its name: paths into the inputs with what they hold instead; `undefined` takes a value away. */
  faults?: Readonly<Record<string, Readonly<Record<string, Value | undefined>>>>;
  /** Faults that are not in the inputs of the resource. */
  bad?: readonly RuleCase[];
  /** Paths whose value may be unknown. */
  unknown?: readonly string[];
  /** The same for what is not in the inputs of the resource. */
  unknownBeside?: readonly RuleCase[];
}

/** The cases of a rule out of one resource that keeps it. */
export function casesOf(variants: Variants): RuleCases {
  const { rule, given, good = [], faults = {}, bad = [], unknown = [], unknownBeside = [] } = variants;
  const around = {
    ...(variants.beside && { beside: variants.beside }),
    ...(variants.parameters && { parameters: variants.parameters }),
  };
  const changed = (changes: Readonly<Record<string, Value | undefined>>): Given => ({
    ...given,
    inputs: Object.entries(changes).reduce((inputs, [path, value]) => withValue(inputs, path, value), given.inputs),
  });
  return {
    rule,
    good: [{ name: "keeps it", given, ...around }, ...good],
    bad: [...Object.entries(faults).map(([name, changes]) => ({ name, given: changed(changes), ...around })), ...bad],
    unknown: [
      ...unknown.map((path) => ({ name: `${path} is not known`, given: changed({ [path]: notKnown }), ...around })),
      ...unknownBeside,
    ],
  };
}
