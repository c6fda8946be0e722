import { judge } from "../../../policy/judge.js";
import { rules } from "../../../policy/rules/index.js";
import type { RuleCase, RuleCases } from "../../support/policy/cases.js";
import { availability } from "../../support/policy/availability.js";
import { amazon } from "../../support/policy/amazon.js";
import { hygiene } from "../../support/policy/hygiene.js";
import { resourceOf, stackOf } from "../../support/policy/inputs.js";
import { network } from "../../support/policy/network.js";
import { pods } from "../../support/policy/pods.js";
import { storage } from "../../support/policy/storage.js";

const all: readonly RuleCases[] = [...availability, ...storage, ...network, ...pods, ...hygiene, ...amazon];

/** What a rule finds in a case. */
const findingsIn = ({ rule }: RuleCases, { given, beside = [], parameters = {} }: RuleCase) => {
  expect(rule.appliesTo(resourceOf(given))).toBe(true);
  return judge(rule.judgeWith(parameters), resourceOf(given), stackOf([given, ...beside]));
};

for (const cases of all) {
  describe(cases.rule.name, () => {
    for (const each of cases.good)
      test(`finds nothing: ${each.name}`, () => {
        expect(findingsIn(cases, each)).toEqual([]);
      });

    for (const each of cases.bad)
      test(`finds: ${each.name}`, () => {
        const findings = findingsIn(cases, each);
        expect(findings.length).toBeGreaterThan(0);
        for (const { message, isUnknown } of findings) {
          expect(isUnknown).toBe(false);
          expect(message).toMatch(/^\w.*\.$/);
          expect(message).not.toMatch(/the rule itself failed/);
        }
      });

    for (const each of cases.unknown)
      test(`can't judge: ${each.name}`, () => {
        expect(findingsIn(cases, each).some(({ isUnknown }) => isUnknown)).toBe(true);
      });
  });
}

test("every rule has cases that keep it, that break it, and that it can't judge", () => {
  // These judge by the type or the options alone, which are always known.
  const needNoInputs = ["deprecated-api", "explicit-provider", "known-kinds", "no-bare-pod"];
  expect(all.map(({ rule }) => rule.name).sort()).toEqual(rules.map(({ name }) => name).sort());
  const without = (key: "bad" | "unknown") =>
    all.filter((cases) => cases[key].length === 0).map(({ rule }) => rule.name);
  expect(without("bad")).toEqual([]);
  expect(without("unknown").filter((name) => !needNoInputs.includes(name))).toEqual([]);
});
