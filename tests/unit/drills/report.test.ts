import { attemptsIn } from "../../../local/drills/command.js";
import {
  markdownReport as markdown,
  standingOf,
  summary,
  terminalReport as terminal,
  troubles,
  type AttemptReport,
  type DrillReport,
} from "../../../local/drills/report.js";
import type { Check, Figures } from "../../../local/drills/verdict.js";
import { UserError } from "../../../local/errors.js";

const kept: Check = {
  of: "time",
  what: "bandung: writes, longest gap",
  promised: "at most 60 s",
  measured: "31.0 s",
  isKept: true,
};
const figures = (recovery: number): Figures => ({
  recovery,
  lostWrites: 0,
  lostAge: 0,
  refusedAfter: undefined,
  backAfter: undefined,
  readGap: 0.2,
  staleness: 0.4,
});
const attempt = (number: number, recovery: number, more: Partial<AttemptReport> = {}): AttemptReport => ({
  number,
  began: "2026-01-01T00:00:00Z",
  revision: "abc1234",
  seconds: 100,
  stolen: 0.02,
  checks: [kept],
  figures: figures(recovery),
  ...more,
});
const report = (...attempts: AttemptReport[]): DrillReport => ({
  conditions: {
    date: "2026-01-01T00:00:00Z",
    machine: "2 × a CPU, 23 GiB of memory",
    kernel: "6.1",
    commit: "async",
    load: "20 writes and 20 reads a second in each city",
  },
  scenarios: [{ scenario: { name: "kill-city", title: "The city dies", covers: ["M12.4"] }, attempts }],
});

/** What was asked for, where a test is about something else. */
const killCity = { name: "kill-city", covers: ["M12.4"] };
const terminalReport = (of: DrillReport, wanted = [killCity]): string => terminal(of, wanted);
const markdownReport = (of: DrillReport, pictureOf = () => "", wanted = [killCity]): string =>
  markdown(of, pictureOf, wanted);

test("median and worst", () => {
  expect(summary([])).toBeUndefined();
  expect(summary([7])).toEqual({ median: 7, worst: 7 });
  expect(summary([9, 1, 2])).toEqual({ median: 2, worst: 9 });
  expect(summary([1, 2, 3, 10])).toEqual({ median: 2.5, worst: 10 });
});

describe("a report", () => {
  test("of one attempt has its figures, of several the median and the worst", () => {
    expect(terminalReport(report(attempt(1, 31)))).toMatch(/kill-city\s*│ 1\/1\s*│ 31\.0\s*│/);
    const several = terminalReport(report(attempt(1, 31), attempt(2, 44), attempt(3, 30)));
    expect(several).toMatch(/kill-city\s*│ 3\/3\s*│ 31\.0 \/ 44\.0\s*│/);
    expect(several).toContain("Every promise was kept.");
  });

  test("names promises that were broken and attempts that ended early", () => {
    const lines = troubles(
      report(attempt(1, 31, { checks: [kept, { ...kept, measured: "70.0 s", isKept: false }] }), {
        number: 2,
        began: "",
        revision: "abc1234",
        seconds: 1,
        stolen: 0,
        error: "it was interrupted",
      }),
    );
    expect(lines).toEqual([
      "kill-city 1: bandung: writes, longest gap: at most 60 s, but 70.0 s",
      "kill-city 2: it was interrupted",
    ]);
    expect(terminalReport(report(attempt(1, 31, { error: "no" })))).toContain("✖ kill-city 1: no");
  });

  test("holds the median of several recoveries against its own bound", () => {
    expect(troubles(report(attempt(1, 50), attempt(2, 50)))).toEqual([]);
    expect(troubles(report(attempt(1, 50), attempt(2, 34), attempt(3, 50)))).toEqual([
      "kill-city: median of 3 recoveries: at most 35 s, but 50.0 s",
    ]);
  });

  test("leaves out times of attempts in which the machine stood still, and nothing that they say of the data", () => {
    const stall: Check = { of: "machine", what: "pause", promised: "at most 1 s", measured: "3.0 s", isKept: false };
    const slow: Check = { ...kept, measured: "70.0 s", isKept: false };
    const lost: Check = { of: "data", what: "lost writes", promised: "none", measured: "3", isKept: false };
    const disturbed = attempt(1, 70, { checks: [slow, stall, lost], findings: { stall: 3 } as never });
    const both = report(disturbed, attempt(2, 31));
    expect(troubles(both)).toEqual(["kill-city 1: lost writes: none, but 3"]);
    expect(terminalReport(both)).toMatch(/kill-city\s*│ 1\/2\s*│ 31\.0\s*│/);
    const harmless = attempt(1, 70, { checks: [slow, stall], findings: { stall: 3 } as never });
    expect(terminalReport(report(harmless, attempt(2, 31)))).toMatch(/kill-city\s*│ 1\/1\s*│ 31\.0\s*│/);
    expect(terminalReport(both)).toContain("kill-city 1: the machine stood still for 3.0 s, so its times don't count");
    expect(troubles(report(disturbed))).toHaveLength(3);
  });

  test("keeps the times of disturbed attempts where the others ended early, and counts those as not green", () => {
    const stall: Check = { ...kept, of: "machine", what: "longest pause of the load itself", isKept: false };
    const disturbed = attempt(1, 70, { checks: [kept, stall], findings: { stall: 3 } as never });
    const ended: AttemptReport = {
      number: 2,
      revision: "abc1234",
      began: "2026-01-01T00:02:00Z",
      seconds: 100,
      stolen: 0,
      error: "nobody leads",
    };
    const text = terminalReport(report(disturbed, ended));
    expect(text).toMatch(/kill-city\s*│ 0\/2\s*│ 70\.0\s*│/);
    expect(text).toContain("✖ kill-city 2: nobody leads");
    expect(terminalReport(report(attempt(1, 31), ended))).toMatch(/kill-city\s*│ 1\/2\s*│ 31\.0\s*│/);
  });

  test("in Markdown says under which conditions it was made, and shows the pictures", () => {
    const text = markdown(
      report(attempt(1, 31, { findings: {} as never })),
      (name, number) => `${name}/${number}.svg`,
      [killCity],
    );
    expect(text).toContain("2 × a CPU, 23 GiB of memory; Linux 6.1. Commit: async.");
    expect(text).toContain("| 2026-01-01 | abc1234 |");
    expect(text).toContain("| kill-city | 1/1 | 31.0 |");
    expect(text).toContain("![Timeline of attempt 1 at kill-city](kill-city/1.svg)");
  });
});

describe("a report on some of the scenarios", () => {
  const wanted = [
    killCity,
    { name: "cut-link", covers: ["matrix 4", "M12.4"] },
    { name: "end-hold", covers: ["matrix 15"] },
  ];

  test("counts as held what was carried through once, and names what nothing else proves", () => {
    expect(standingOf(report(attempt(1, 31)), wanted)).toEqual({
      held: ["kill-city"],
      missing: ["cut-link", "end-hold"],
      unproven: ["matrix 4", "matrix 15"],
    });
    const ended = attempt(1, 31, { error: "nobody leads" });
    expect(standingOf(report(ended), wanted).held).toEqual([]);
    expect(standingOf(report(ended, attempt(2, 31)), wanted).held).toEqual(["kill-city"]);
  });

  test("leaves out of the count what is no scenario any more", () => {
    expect(standingOf(report(attempt(1, 31)), wanted.slice(1))).toMatchObject({
      held: [],
      missing: ["cut-link", "end-hold"],
    });
  });

  test.each([
    ["on the terminal", terminalReport(report(attempt(1, 31)), wanted)],
    ["in Markdown", markdownReport(report(attempt(1, 31)), undefined, wanted)],
  ])("says %s how many there are and which are missing, and not that all was kept", (_, text) => {
    expect(text).toContain("1 of 3 scenarios held.");
    expect(text).toContain("Not held: cut-link, end-hold.");
    expect(text).toContain("Nothing that was held covers matrix 4, matrix 15.");
    expect(text).toContain("Every promise of those that were held was kept.");
    expect(text).not.toContain("Every promise was kept.");
  });

  test("on all of them says so, and no more", () => {
    const text = markdownReport(report(attempt(1, 31)));
    expect(text).toContain("1 of 1 scenarios held.");
    expect(text).toContain("Every promise was kept.");
    expect(text).not.toMatch(/Not held|covers/);
  });

  test("with broken promises says both", () => {
    const text = terminalReport(report(attempt(1, 70, { checks: [{ ...kept, isKept: false }] })), wanted);
    expect(text).toContain("✖ kill-city 1:");
    expect(text).toContain("1 of 3 scenarios held.");
    expect(text).not.toContain("was kept");
  });

  test("on none of them claims nothing", () => {
    expect(terminalReport({ ...report(), scenarios: [] }, wanted)).toContain("No promise was tried.");
  });
});

test("a number of attempts is a number", () => {
  expect([undefined, "", "5"].map(attemptsIn)).toEqual([1, 1, 5]);
  for (const text of ["0", "x", "1.5", "101"]) expect(() => attemptsIn(text)).toThrow(UserError);
});
