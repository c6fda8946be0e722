import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rowsOf, type AttemptReport, type Conditions, type DrillReport } from "../../../local/drills/report.js";
import { joinReports, readReport, requireSameConditions, writeReport } from "../../../local/drills/reportFiles.js";
import type { UserError } from "../../../local/errors.js";

const conditions: Conditions = {
  date: "2026-01-01T00:00:00.000Z",
  machine: "2 × CPU, 24 GiB of memory",
  kernel: "6.1",
  commit: "async",
  load: "10 writes and 10 reads a second in each city",
};
const attempt: AttemptReport = { number: 1, began: conditions.date, revision: "abc1234", seconds: 100, stolen: 0 };
const report = (names: readonly string[], more: Partial<AttemptReport> = {}, date = conditions.date): DrillReport => ({
  conditions: { ...conditions, date },
  scenarios: names.map((name) => ({
    scenario: { name, title: `${name} happens`, covers: [] },
    attempts: [{ ...attempt, ...more }],
  })),
});

const wanted = ["one", "two", "three", "four"].map((name) => ({ name, covers: [] }));

describe("drills that are held in several commands", () => {
  let directory = "";
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "drills-"))));
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test("make one report, in which a scenario that is held again counts as it was last", () => {
    writeReport(report(["one", "two"]), directory, wanted);
    const joined = joinReports(
      readReport(directory),
      report(["three", "two"], { seconds: 7, revision: "def5678" }, "2026-02-02T00:00:00.000Z"),
      ["one", "two", "three"],
    );
    expect(joined.scenarios.map(({ scenario, attempts }) => [scenario.name, attempts[0]?.seconds])).toEqual([
      ["one", 100],
      ["two", 7],
      ["three", 7],
    ]);
    expect(joined.conditions.date).toBe(conditions.date);
    writeReport(joined, directory, wanted);
    expect(readReport(directory)).toEqual(joined);
    expect(readFileSync(join(directory, "report.md"), "utf8")).toContain("3 of 4 scenarios held. Not held: four.");
    expect(rowsOf(joined).map((row) => row.at(-1))).toEqual(["abc1234", "def5678", "def5678"]);
  });

  test("keep how the primary commits where none of the later ones was carried through", () => {
    const later = report(["two"], { error: "it was interrupted" });
    const joined = joinReports(report(["one"]), { ...later, conditions: { ...conditions, commit: "unknown" } }, []);
    expect(joined.conditions.commit).toBe("async");
  });

  test("begin with an empty directory", () => {
    expect(readReport(directory)).toBeUndefined();
    expect(joinReports(undefined, report(["one"]), [])).toEqual(report(["one"]));
  });

  test("are refused where the other ones were held on another machine, or with another commit", () => {
    const refusal = (now: Partial<Conditions>): unknown => {
      try {
        requireSameConditions(conditions, { ...conditions, ...now });
        return undefined;
      } catch (error) {
        return (error as UserError).explanation;
      }
    };
    expect(refusal({ date: "2026-03-03T00:00:00.000Z", commit: "unknown" })).toBeUndefined();
    expect(refusal({ kernel: "6.2", commit: "quorum" })).toBe(
      "the report in this directory is of drills under other conditions\n" +
        "    kernel: 6.1 then, 6.2 now\n" +
        "    commit: async then, quorum now\n" +
        "  → choose another directory with OUT=",
    );
  });

  test("leave a file alone that is no report", () => {
    writeFileSync(join(directory, "report.json"), "half of");
    expect(() => readReport(directory)).toThrow("report.json is no report");
  });
});
