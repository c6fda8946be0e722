import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "../../../local/drills/catalogue.js";
import { chosenScenarios, scenarios } from "../../../local/drills/scenarios/index.js";
import { UserError } from "../../../local/errors.js";
import { root } from "../../../local/platform.js";
import { cities } from "../../support/drills.js";

const names = (text?: string): string[] => chosenScenarios(text).map(({ name }) => name);

describe("the scenarios", () => {
  test("have names of their own, and promise something to each city", () => {
    expect(new Set(names()).size).toBe(scenarios.length);
    for (const { name, steps, promise, covers } of scenarios) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect([steps.length, covers.length].every((count) => count > 0)).toBe(true);
      expect(Object.keys(promise.cities)).toEqual(cities);
    }
  });

  test("cover all five of M12", () => {
    const covered = new Set(scenarios.flatMap(({ covers }) => covers));
    for (const number of [1, 2, 3, 4, 5]) expect(covered).toContain(`M12.${number}`);
  });

  test("can be chosen by name, by requirement, and as the short set of CI, in their own order", () => {
    expect(names("kill-node,switchover")).toEqual(["switchover", "kill-node"]);
    expect(names("m12.2")).toEqual(["kill-city"]);
    expect(names("ci")).toEqual(["switchover", "kill-city", "cut-primary-city", "kill-branch-main"]);
    expect(names("")).toHaveLength(scenarios.length);
  });

  test("that do not exist are refused, with the one that was meant", () => {
    expect(() => chosenScenarios("kill-citty")).toThrow(UserError);
    expect(() => chosenScenarios("kill-citty")).toThrow('"kill-citty" is no scenario; did you mean "kill-city"?');
  });
});

/** A table as cells, however it is padded. */
const cells = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[\s|:-]+\|$/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));

test("docs/drills.md has the table of the scenarios as they are", () => {
  const document = readFileSync(join(root, "docs", "drills.md"), "utf8");
  const [, table = ""] = /<!-- scenarios -->\n(.*?)<!-- end of scenarios -->/s.exec(document) ?? [];
  expect(cells(table)).toEqual(cells(catalogue(scenarios)));
});
