import { z } from "zod";
import type { Resource } from "./model/resource.js";
import { isLike } from "./pattern.js";
import type { Rule } from "./rule.js";
import { SettingsError, unknownRule } from "./settings.js";

/** The longest that something wrong may be put up with, in days. */
const longestDays = 366;
const day = 24 * 60 * 60 * 1000;

const schema = z
  .array(
    z.strictObject({
      rule: z.string(),
      /** `<type>::<name>` of resources, with `*` for any text. */
      resources: z.string().regex(/^.+::.+$/, "must be a type and a name with :: between them"),
      /** Names of the stacks that it holds in. @default all */
      stacks: z.array(z.string()).min(1).optional(),
      reason: z.string().min(20),
      /** Whom to ask. */
      owner: z.string().min(1),
      /** The last day that it holds on, UTC. */
      expires: z.iso.date(),
    }),
  )
  .default([]);

/** A violation that is put up with, by whom, why, and until when. */
export type Waiver = z.output<typeof schema>[number];

/**
 * Checks the waivers of a stack: no reason, no owner, no date or one too far away, an unknown rule.
 * @returns those of the stack, expired ones included.
 * @throws SettingsError with every problem.
 */
export function parseWaivers(file: string, content: unknown, rules: readonly Rule[], now: Date): Waiver[] {
  const result = schema.safeParse(content ?? undefined);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
    throw new SettingsError(file, problems);
  }
  const problems = result.data.flatMap((waiver, index) => [
    ...(rules.some(({ name }) => name === waiver.rule) ? [] : [`${index}.rule: ${unknownRule(waiver.rule, rules)}`]),
    ...(endOf(waiver) - now.getTime() > longestDays * day
      ? [`${index}.expires: is more than ${longestDays} days away; whoever is there by then shall decide anew`]
      : []),
  ]);
  if (problems.length > 0) throw new SettingsError(file, problems);
  return result.data;
}

/** The last moment of its last day. */
const endOf = ({ expires }: Waiver): number => Date.parse(`${expires}T23:59:59.999Z`);

export const isExpired = (waiver: Waiver, now: Date): boolean => endOf(waiver) < now.getTime();

/** The waivers of one stack, and which of them were needed. */
export class Waivers {
  private readonly used = new Map<Waiver, Set<string>>();

  constructor(
    private readonly waivers: readonly Waiver[],
    private readonly now: Date,
  ) {}

  /** Those of the stack only. */
  static of(waivers: readonly Waiver[], stack: string, now: Date): Waivers {
    return new Waivers(
      waivers.filter(({ stacks }) => stacks?.includes(stack) ?? true),
      now,
    );
  }

  /** Whether a violation of a rule is put up with; remembers that it was. */
  covers(rule: string, resource: Resource): boolean {
    const waiver = this.waivers.find(
      (each) => each.rule === rule && !isExpired(each, this.now) && isMatch(each.resources, resource),
    );
    if (waiver === undefined) return false;
    this.used.set(waiver, (this.used.get(waiver) ?? new Set()).add(resource.urn));
    return true;
  }

  /** What has to be mended about the waivers themselves, once the whole stack was judged. */
  problems(): string[] {
    return this.waivers.flatMap((waiver) => {
      if (isExpired(waiver, this.now)) return [`${describe(waiver)} expired on ${waiver.expires}.`];
      return this.used.has(waiver) ? [] : [`${describe(waiver)} waives nothing in this stack.`];
    });
  }

  /** What was put up with, a line for each waiver. */
  uses(): string[] {
    return [...this.used].map(
      ([waiver, urns]) =>
        `${describe(waiver)} waives ${urns.size} ${urns.size === 1 ? "resource" : "resources"} until ${waiver.expires}: ${waiver.reason} (${waiver.owner})`,
    );
  }
}

const describe = ({ rule, resources }: Waiver): string => `The waiver of ${rule} for ${resources}`;

const isMatch = (pattern: string, { type, name }: Resource): boolean => isLike(pattern, `${type}::${name}`);
