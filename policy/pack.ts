import type { Policies } from "@pulumi/policy";
import { documentation, Run } from "./run.js";
import type { EffectiveRule } from "./settings.js";
import type { Waivers } from "./waivers.js";

/**
 * The policies of the pack, in the order that the SDK runs them in: the first judges a resource by all rules that take no
 * other, those of the rules say what they found, and the last ones tell what came together.
 */
export function policies(rules: readonly EffectiveRule[], waivers: Waivers): Policies {
  const run = new Run(rules, waivers);
  /** URNs with what can't be judged yet by a rule for stacks. */
  const shownOfTheStack: { urn: string; message: string }[] = [];

  /** A rule as the SDK and the engine know it. */
  const policyOf = (rule: EffectiveRule): Policies[number] => {
    const { name, title, severity, level, remedy } = rule;
    const description = {
      name,
      description: `${title}.`,
      severity,
      enforcementLevel: level,
      remediationSteps: remedy,
      url: `${documentation}#${name}`,
    };
    if (rule.needsStack)
      return {
        ...description,
        validateStack: ({ resources }, report) => {
          const stack = run.registered.stackOf(resources);
          for (const resource of stack.resources) {
            const { violations, shown } = run.judge(rule, resource, stack);
            for (const message of violations) report(message, resource.urn);
            shownOfTheStack.push(...shown.map((message) => ({ urn: resource.urn, message })));
          }
        },
      };
    return {
      ...description,
      validateResource:
        run.pendingOf(rule)?.validations ??
        // Only the engine's own configuration can switch such a rule on again.
        ((args, report) => {
          const { violations, shown } = run.judge(rule, run.registered.get(args));
          for (const message of [...violations, ...shown]) report(message, args.urn);
        }),
    };
  };

  return [
    {
      name: "registered-inputs",
      displayName: "Inputs of every resource",
      description: "Judges what is registered, and keeps it: rules for stacks judge inputs too, not outputs",
      enforcementLevel: "mandatory",
      validateResource: (args) => {
        run.take(args);
      },
    },
    ...rules.map(policyOf),
    {
      name: "unknown-values",
      description: "What could not be judged yet, where the settings let a preview go on without it",
      enforcementLevel: "advisory",
      severity: "low",
      validateResource: run.shown.validations,
    },
    {
      name: "unknown-values-of-the-stack",
      description: "What could not be judged yet, where the settings let a preview go on without it",
      enforcementLevel: "advisory",
      severity: "low",
      validateStack: (_, report) => {
        for (const { urn, message } of shownOfTheStack.splice(0)) report(message, urn);
      },
    },
    {
      name: "waivers",
      description: "A waiver waives something, and only until it expires",
      enforcementLevel: "mandatory",
      severity: "medium",
      validateStack: (_, report) => {
        for (const problem of waivers.problems())
          report(
            `${problem}\n→ Mend what it was for and remove it from policy/waivers.yaml, or have its owner renew it.`,
          );
      },
    },
    {
      name: "waivers-in-use",
      description: "Violations that somebody puts up with for now",
      enforcementLevel: "advisory",
      severity: "low",
      validateStack: (_, report) => {
        for (const use of waivers.uses()) report(use);
      },
    },
  ];
}
