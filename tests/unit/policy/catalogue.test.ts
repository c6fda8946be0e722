import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "../../../policy/catalogue.js";
import { rules } from "../../../policy/rules/index.js";

const root = join(__dirname, "..", "..", "..");

/** Prettier pads the cells of a table and escapes what Markdown might read otherwise; nothing else. */
const unpadded = (text: string): string =>
  text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").replaceAll("\\", "").trim();

test('docs/policy-rules.md is what the rules say; after a change run "make policy-rules"', () => {
  const written = readFileSync(join(root, "docs", "policy-rules.md"), "utf8");
  expect(unpadded(written)).toBe(unpadded(catalogue(rules)));
});

test("names of rules are unique, and fit a waiver, a link and a file", () => {
  const names = rules.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  // The SDK keeps this one for itself, and lets two policies of one name both run.
  expect(names).not.toContain("all");
});

test("what is critical or high is mandatory, and nothing is off by default", () => {
  const grave = rules.filter(({ severity }) => severity === "critical" || severity === "high");
  expect(grave.filter(({ level }) => level !== "mandatory")).toEqual([]);
  expect(rules.filter(({ level }) => level === "disabled")).toEqual([]);
});
