import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { CapturedResource } from "../../../local/render/capture.js";
import { unwrapSecrets } from "../../../local/render/secrets.js";
import { judge } from "../../../policy/judge.js";
import { Field } from "../../../policy/model/field.js";
import type { Resource } from "../../../policy/model/resource.js";
import { rules } from "../../../policy/rules/index.js";
import { parseSettings, settingsFor, type EffectiveRule } from "../../../policy/settings.js";
import { snapshot } from "../../../policy/snapshot.js";
import { parseWaivers, Waivers } from "../../../policy/waivers.js";
import { root } from "../city.js";

/** What the SDK wraps inputs in. It keeps that to itself. */
const { unknownCheckingProxy } = jest.requireActual<{ unknownCheckingProxy: (props: object) => object }>(
  "@pulumi/policy/proxy",
);
const now = new Date();
const read = (file: string): unknown => parse(readFileSync(join(root, "policy", file), "utf8"));
const settings = parseSettings("settings.yaml", read("settings.yaml"), rules);
const waivers = parseWaivers("waivers.yaml", read("waivers.yaml"), rules, now);

/** The rules as a stack has them whose cluster is of a kind. */
export const rulesOn = (kind: "existing" | "eks", stack = "jakarta"): EffectiveRule[] =>
  settingsFor(settings, rules, { name: stack, configuration: { "nusantara:cluster": JSON.stringify({ kind }) } });

/** A captured resource as the pack gets to see it. */
const shown = ({ urn, type, name, inputs, protect, provider, dependencies }: CapturedResource): Resource => ({
  urn,
  type,
  name,
  inputs: new Field(snapshot(unknownCheckingProxy(unwrapSecrets(inputs) as object)), ""),
  protect,
  ...(provider !== undefined && { provider: { urn: provider, name: provider.split("::").at(-1) ?? "" } }),
  dependencies,
});

/**
 * Names of the rules that a stack breaks, each with the names of the resources that break it; what is waived or
 * only shown is left out.
 */
export function broken(
  captured: readonly CapturedResource[],
  effective: readonly EffectiveRule[] = rulesOn("existing"),
): Record<string, string[]> {
  const stack = { resources: captured.map(shown) };
  const inForce = Waivers.of(waivers, "jakarta", now);
  const found: Record<string, string[]> = {};
  for (const rule of effective.filter(({ level }) => level !== "disabled"))
    for (const resource of stack.resources.filter(rule.appliesTo))
      for (const { message, isUnknown } of judge(rule.judge, resource, stack)) {
        if (inForce.covers(rule.name, resource) || (isUnknown && rule.unknownValues === "advisory")) continue;
        expect(message).not.toMatch(/the rule itself failed/);
        (found[rule.name] ??= []).push(resource.name);
      }
  return found;
}
