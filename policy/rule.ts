import type { z } from "zod";
import type { Resource, Stack } from "./model/resource.js";

export const levels = ["mandatory", "advisory", "disabled"] as const;
/** What a violation does: stop the deployment, be shown, or not be looked for. */
export type Level = (typeof levels)[number];

/** How bad a violation is. */
export type Severity = "low" | "medium" | "high" | "critical";

/** Says what is wrong with a resource, one sentence each, without any value that may be secret. */
export type Judge = (resource: Resource, stack: Stack) => Iterable<string>;

/** What people get to know about a rule. */
interface Description {
  /** Lower-case words joined by hyphens; unique. Waivers and settings use it. */
  name: string;
  /** What is demanded, in one sentence. */
  title: string;
  severity: Severity;
  /** What a violation does where the settings don't say otherwise. */
  level: Level;
  /** What goes wrong where the rule is not kept. */
  why: string;
  /** What to do about a violation. */
  remedy: string;
  /** Which resources the rule judges. Must not read inputs: it may not throw. */
  appliesTo: (resource: Resource) => boolean;
}

export interface Rule extends Description {
  /**
   * Whether it takes the other resources of the stack to judge one. Such rules run at the end of a preview; an update
   * is over by then.
   */
  readonly needsStack: boolean;
  /** What the settings may change, with defaults. */
  readonly parameters: z.ZodObject;
  /** @throws ZodError for parameters that the schema refuses. */
  judgeWith: (parameters: unknown) => Judge;
}

interface ResourceRule<Schema extends z.ZodObject> extends Description {
  parameters: Schema;
  judge: (resource: Resource, parameters: z.output<Schema>) => Iterable<string>;
}

interface StackRule<Schema extends z.ZodObject> extends Description {
  parameters: Schema;
  judge: (resource: Resource, stack: Stack, parameters: z.output<Schema>) => Iterable<string>;
}

/** A rule that judges a resource by itself, before it is changed. */
export const resourceRule = <Schema extends z.ZodObject>({ judge, ...rule }: ResourceRule<Schema>): Rule => ({
  ...rule,
  needsStack: false,
  judgeWith: (given) => {
    const parameters = rule.parameters.parse(given);
    return (resource) => judge(resource, parameters);
  },
});

/** A rule that judges a resource by what else the stack registers. */
export const stackRule = <Schema extends z.ZodObject>({ judge, ...rule }: StackRule<Schema>): Rule => ({
  ...rule,
  needsStack: true,
  judgeWith: (given) => {
    const parameters = rule.parameters.parse(given);
    return (resource, stack) => judge(resource, stack, parameters);
  },
});
