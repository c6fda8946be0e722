import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DatabaseSettings, routeOf } from "../../../components/postgres/configuration/index.js";
import { memberName } from "../../../components/postgres/layout.js";
import { catalogue } from "../../../local/drills/catalogue.js";
import { topology } from "../../../local/drills/command.js";
import { readEntries } from "../../../local/drills/contract.js";
import { chosenScenarios, scenarios } from "../../../local/drills/scenarios/index.js";
import { UserError } from "../../../local/errors.js";
import { root } from "../../../local/platform.js";
import { cities } from "../../support/drills.js";

/** Rows of the list that the suites of Patroni, CloudNativePG, Percona and PGO were compared to. */
const matrix = Array.from({ length: 15 }, (_, index) => `matrix ${index + 1}`);

/** Members that are down in scenarios that say who answers instead. */
const downIn: Readonly<Record<string, readonly string[]>> = {
  "kill-branch-main": ["bandung-core-0"],
  "kill-branch-both": ["bandung-core-0", "bandung-core-1"],
  "kill-branch-reporting-main": ["bandung-reporting-0"],
  "kill-branch-reporting-both": ["bandung-reporting-0", "bandung-reporting-1"],
};

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

  test("cover every row of the matrix of tests, and name nothing else", () => {
    const covered = new Set(scenarios.flatMap(({ covers }) => covers));
    for (const row of matrix) expect(covered).toContain(row);
    for (const each of covered) expect(matrix.includes(each) || /^M\d+(\.\d+)?$/.test(each) || each).toBe(true);
  });

  test("have readers answered in the order in which HAProxy fails over", () => {
    const served = scenarios.flatMap(({ name, promise }) =>
      Object.entries(promise.cities).flatMap(([city, { reads }]) =>
        readEntries.flatMap((entry) => {
          const promised = reads[entry];
          if (promised.kind === "away" || !promised.from) return [];
          const route = routeOf({ topology } as DatabaseSettings, city, entry).map(memberName);
          return [{ name, from: promised.from, route: route.filter((member) => !downIn[name]?.includes(member)) }];
        }),
      ),
    );
    expect(new Set(served.map(({ name }) => name))).toEqual(new Set([...Object.keys(downIn), "cut-one-link"]));
    // One of those that are named first is next in the route, and none before them is left out.
    for (const { from, route } of served)
      expect(route.slice(0, from.length)).toEqual(expect.arrayContaining([...from]));
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
