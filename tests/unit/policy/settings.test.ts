import { requireStacks } from "../../../policy/readPolicies.js";
import { rules } from "../../../policy/rules/index.js";
import { parseSettings, settingsFor, type StackContext } from "../../../policy/settings.js";
import { parseWaivers, Waivers } from "../../../policy/waivers.js";
import { resourceOf } from "../../support/policy/inputs.js";
import { statefulSet } from "../../support/policy/objects.js";

const stack: StackContext = {
  name: "jakarta",
  configuration: { "nusantara:cluster": '{"kind":"existing","context":"x"}' },
};
const parse = (content: unknown) => parseSettings("settings.yaml", content, rules);
const ruleOf = (content: unknown, name: string, on = stack) =>
  settingsFor(parse(content), rules, on).find((rule) => rule.name === name);
const reason = "because the tests of this file say so";

describe("settings", () => {
  test("an empty file leaves every rule as it is", () => {
    expect(settingsFor(parse(null), rules, stack).map(({ name, level }) => [name, level])).toEqual(
      rules.map(({ name, level }) => [name, level]),
    );
  });

  test.each<[string, unknown, RegExp]>([
    ["an unknown rule", { rules: { "zone-spred": {} } }, /no rule "zone-spred"; did you mean "zone-spread"/],
    ["an unknown parameter", { rules: { "zone-spread": { parameters: { zones: 2 } } } }, /zone-spread\.parameters/],
    ["a parameter of the wrong form", { rules: { "zone-spread": { parameters: { atLeast: 1 } } } }, /atLeast/],
    ["an unknown key", { rule: {} }, /rule/],
    ["an unknown level", { rules: { "zone-spread": { level: "warn", reason } } }, /level/],
    ["a level without a reason", { rules: { "zone-spread": { level: "advisory" } } }, /reason/],
    ["a rule of an override", { overrides: [{ rules: { nothing: {} } }] }, /overrides\.0\.rules\.nothing/],
  ])("%s is refused", (_, content, message) => {
    expect(() => parse(content)).toThrow(message);
  });

  test("an override holds where the stack and its configuration fit, and the last one wins", () => {
    const content = {
      rules: { "zone-spread": { level: "advisory", reason } },
      overrides: [
        {
          configuration: { "nusantara:cluster": { kind: "existing" } },
          rules: { "zone-spread": { level: "disabled", reason } },
        },
        { stacks: ["bandung"], rules: { "zone-spread": { level: "mandatory", reason } } },
      ],
    };
    expect(ruleOf(content, "zone-spread")?.level).toBe("disabled");
    expect(ruleOf(content, "zone-spread", { ...stack, name: "bandung" })?.level).toBe("mandatory");
    expect(ruleOf(content, "zone-spread", { name: "jakarta", configuration: {} })?.level).toBe("advisory");
  });

  test("a stack that nobody has a file for is refused, unless nobody has any", () => {
    const require = (stacks: string[]) => () => {
      requireStacks("settings.yaml", ["jakarta", "jakrata"], stacks);
    };
    expect(require(["bandung", "jakarta"])).toThrow(/there is no stack "jakrata"; there is bandung, jakarta/);
    expect(require([])).not.toThrow();
  });

  test("unknown values stop a deployment unless somebody says why not", () => {
    expect(ruleOf({}, "zone-spread")?.unknownValues).toBe("mandatory");
    expect(ruleOf({ overrides: [{ unknownValues: "advisory" }] }, "zone-spread")?.unknownValues).toBe("advisory");
    expect(() => parse({ rules: { "zone-spread": { unknownValues: "advisory" } } })).toThrow(/reason/);
  });
});

describe("waivers", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const waiver = {
    rule: "zone-spread",
    resources: "kubernetes:*:StatefulSet::co*",
    reason,
    owner: "platform team",
    expires: "2026-11-21",
  };
  const parsed = (...content: unknown[]) => parseWaivers("waivers.yaml", content, rules, now);
  const core = resourceOf(statefulSet);

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["no reason", { reason: undefined }, /0\.reason/],
    ["a short reason", { reason: "later" }, /0\.reason/],
    ["no owner", { owner: "" }, /0\.owner/],
    ["no date", { expires: undefined }, /0\.expires/],
    ["no real date", { expires: "2026-02-30" }, /0\.expires/],
    ["a date far away", { expires: "2028-01-01" }, /366 days/],
    ["an unknown rule", { rule: "zone" }, /no rule "zone"/],
    ["a pattern of everything", { resources: "*" }, /type and a name/],
    ["an unknown key", { until: "x" }, /until/],
  ])("%s is refused", (_, changes, message) => {
    expect(() => parsed({ ...waiver, ...changes })).toThrow(message);
  });

  test("one covers what it names until the end of its day, and is listed", () => {
    const inForce = Waivers.of(parsed(waiver), "jakarta", now);
    expect(inForce.covers("zone-spread", core)).toBe(true);
    expect(inForce.covers("anti-affinity-required", core)).toBe(false);
    expect(inForce.covers("zone-spread", { ...core, name: "reporting" })).toBe(false);
    expect(inForce.problems()).toEqual([]);
    expect(inForce.uses()).toEqual([
      `The waiver of zone-spread for kubernetes:*:StatefulSet::co* waives 1 resource until 2026-11-21: ${reason} (platform team)`,
    ]);
  });

  test("one that expired covers nothing and is a problem, as is one that nobody needs", () => {
    const tomorrow = new Date("2026-11-22T00:00:00Z");
    const late = Waivers.of(parsed(waiver), "jakarta", tomorrow);
    expect(late.covers("zone-spread", core)).toBe(false);
    expect(late.problems()).toEqual([expect.stringMatching(/expired on 2026-11-21/)]);
    expect(Waivers.of(parsed(waiver), "jakarta", now).problems()).toEqual([expect.stringMatching(/waives nothing/)]);
  });

  test("one for another stack is none", () => {
    const elsewhere = Waivers.of(parsed({ ...waiver, stacks: ["bandung"] }), "jakarta", now);
    expect(elsewhere.covers("zone-spread", core)).toBe(false);
    expect(elsewhere.problems()).toEqual([]);
  });
});
