import type { ResourceValidationArgs } from "@pulumi/policy";
import { judge } from "./judge.js";
import type { Resource, Stack } from "./model/resource.js";
import { Pending } from "./pending.js";
import { Registered } from "./registered.js";
import type { EffectiveRule } from "./settings.js";
import type { Waivers } from "./waivers.js";

/** What a rule has to say of a resource. */
export interface Judgement {
  /** Violations, as people read them. */
  violations: readonly string[];
  /** What can't be judged before the update, where the settings let a preview go on without it. */
  shown: readonly string[];
}

/** Where the rules are explained, in the repository. */
export const documentation = "docs/policy-rules.md";

const alone: Stack = { resources: [] };

/** What the rules of one run of the engine share. */
export class Run {
  readonly registered = new Registered();
  /** What is only shown, of single resources. */
  readonly shown = new Pending();
  private readonly pending: ReadonlyMap<EffectiveRule, Pending>;

  constructor(
    rules: readonly EffectiveRule[],
    private readonly waivers: Waivers,
  ) {
    this.pending = new Map(
      rules
        .filter(({ needsStack, level }) => !needsStack && level !== "disabled")
        .map((rule) => [rule, new Pending()] as const),
    );
  }

  /** Keeps a resource as the engine shows it, and judges it by every rule that takes no other. */
  take(args: ResourceValidationArgs): void {
    const resource = this.registered.add(args);
    const judgements = [...this.pending].map(([rule, pending]) => {
      const judgement = this.judge(rule, resource);
      pending.put(resource.urn, judgement.violations);
      return judgement;
    });
    this.shown.put(
      resource.urn,
      judgements.flatMap(({ shown }) => shown),
    );
  }

  /** What a rule that takes no other resource found; undefined where it is disabled. */
  pendingOf(rule: EffectiveRule): Pending | undefined {
    return this.pending.get(rule);
  }

  /** What a rule says of a resource, without what is waived. */
  judge(rule: EffectiveRule, resource: Resource, stack = alone): Judgement {
    if (!rule.appliesTo(resource)) return { violations: [], shown: [] };
    const findings = judge(rule.judge, resource, stack).filter(() => !this.waivers.covers(rule.name, resource));
    const isShown = ({ isUnknown }: { isUnknown: boolean }) => isUnknown && rule.unknownValues === "advisory";
    return {
      violations: findings.filter((finding) => !isShown(finding)).map(({ message }) => violation(message, rule)),
      shown: findings.filter(isShown).map(({ message }) => `${rule.name}: ${message}`),
    };
  }
}

/** What, how to mend it, and where to read on. The SDK puts the title before it. */
const violation = (message: string, { name, remedy }: EffectiveRule): string =>
  `${message}\n→ ${remedy}\n  ${documentation}#${name}`;
