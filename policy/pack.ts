import type { Policies, ReportViolation } from "@pulumi/policy";
import { judge, type Finding } from "./judge.js";
import type { Resource, Stack } from "./model/resource.js";
import { Registered } from "./registered.js";
import type { EffectiveRule } from "./settings.js";
import type { Waivers } from "./waivers.js";

/** Where the rules are explained, in the repository. */
export const documentation = "docs/policy-rules.md";

const nothing: Stack = { resources: [] };

/** A violation as people read it: what, how to mend it, and where to read on. The SDK puts the title before it. */
const messageOf = ({ message }: Finding, { name, remedy }: EffectiveRule): string =>
  `${message}\n→ ${remedy}\n  ${documentation}#${name}`;

/** What the rules of one run of the engine share. */
class Run {
  readonly registered = new Registered();
  /** Findings by URN that are shown only, because a value will be known when it comes to it. */
  private readonly unknowns = new Map<string, string[]>();

  constructor(private readonly waivers: Waivers) {}

  /** Judges a resource by a rule and reports what is not waived. */
  judge(rule: EffectiveRule, resource: Resource, stack: Stack, report: ReportViolation): void {
    if (!rule.appliesTo(resource)) return;
    for (const finding of judge(rule.judge, resource, stack)) {
      if (this.waivers.covers(rule.name, resource)) continue;
      if (finding.isUnknown && rule.unknownValues === "advisory") {
        const before = this.unknowns.get(resource.urn) ?? [];
        this.unknowns.set(resource.urn, [...before, `${rule.name}: ${finding.message}`]);
      } else report(messageOf(finding, rule), resource.urn);
    }
  }

  /** Takes what is to be shown of some resources. */
  reportUnknowns(urns: Iterable<string>, report: ReportViolation): void {
    for (const urn of urns) {
      for (const message of this.unknowns.get(urn) ?? []) report(message, urn);
      this.unknowns.delete(urn);
    }
  }
}

/**
 * The policies of the pack, in the order that the SDK runs them in: the first keeps what it is shown for all others, the
 * last ones tell what came together.
 */
export function policies(rules: readonly EffectiveRule[], waivers: Waivers): Policies {
  const run = new Run(waivers);
  return [
    {
      name: "registered-inputs",
      displayName: "Inputs of every resource",
      description: "Keeps what is registered, so that the rules for stacks judge inputs and not outputs",
      enforcementLevel: "mandatory",
      validateResource: (args) => {
        run.registered.add(args);
      },
    },
    ...rules.map((rule) => policyOf(rule, run)),
    {
      name: "unknown-values",
      description: "What could not be judged yet, where the settings let a preview go on without it",
      enforcementLevel: "advisory",
      severity: "low",
      validateResource: ({ urn }, report) => {
        run.reportUnknowns([urn], report);
      },
    },
    {
      name: "unknown-values-of-the-stack",
      description: "What could not be judged yet, where the settings let a preview go on without it",
      enforcementLevel: "advisory",
      severity: "low",
      validateStack: ({ resources }, report) => {
        run.reportUnknowns(
          resources.map(({ urn }) => urn),
          report,
        );
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

/** A rule as the SDK and the engine know it. */
function policyOf(rule: EffectiveRule, run: Run): Policies[number] {
  const { name, title, severity, level, remedy } = rule;
  const description = {
    name,
    description: `${title}.`,
    severity,
    enforcementLevel: level,
    remediationSteps: remedy,
    url: `${documentation}#${name}`,
  };
  if (!rule.needsStack)
    return {
      ...description,
      validateResource: (args, report) => {
        run.judge(rule, run.registered.get(args), nothing, report);
      },
    };
  return {
    ...description,
    validateStack: ({ resources }, report) => {
      const stack = run.registered.stackOf(resources);
      for (const resource of stack.resources) run.judge(rule, resource, stack, report);
    },
  };
}
