import { bounds, everyCity, writesGoOn, writesRefused, bothReads, readsGoOn } from "../../../local/drills/bounds.js";
import { findingsOf } from "../../../local/drills/check.js";
import type { Recording } from "../../../local/drills/recording.js";
import type { ScenarioPromise } from "../../../local/drills/scenario.js";
import { figuresOf, verdictOf } from "../../../local/drills/verdict.js";
import { recordingOf } from "../../support/drills.js";

const failover: ScenarioPromise = {
  cities: everyCity(writesGoOn(bounds.recovery), { jakarta: { writes: writesRefused() } }),
  lostAge: 10,
  leader: "other city",
};

const broken = (promise: ScenarioPromise, recording: Recording): string[] =>
  verdictOf(promise, findingsOf(recording), recording)
    .filter(({ isKept }) => !isKept)
    .map(({ what, measured }) => `${what}: ${measured}`);

describe("the verdict on a primary's city that was cut off", () => {
  const story = {
    writers: [
      { server: "10.10.0.5", from: 0, to: 18 },
      { server: "10.20.0.5", from: 36, to: 61 },
    ],
    lost: { from: 10, to: 18 },
  };
  // Clients of the isolated city reach nobody until it is healed.
  const isolated = (recording: Recording): Recording => ({
    ...recording,
    operations: recording.operations.map((each) =>
      each.client === "jakarta" && each.kind === "write" && each.invoked > 18 && each.invoked < 42
        ? { ...each, outcome: "fail" }
        : each,
    ),
    rows: {
      ...recording.rows,
      jakarta: [
        [1, 40],
        [169, 240],
      ],
    },
    copies: {},
  });

  test("is green when everything stayed within its bounds", () => {
    const recording = isolated(recordingOf(story));
    expect(broken(failover, recording)).toEqual([]);
    const figures = figuresOf(failover, findingsOf(recording));
    expect(figures.recovery).toBeCloseTo(18.25);
    expect(figures.refusedAfter).toBeCloseTo(7.76);
    expect(figures.lostAge).toBeCloseTo(7.75);
    expect(figures.lostWrites).toBe(96);
  });

  test("allows no lost write where commits wait for a quorum", () => {
    expect(broken(failover, { ...isolated(recordingOf(story)), quorumCommit: true })).toEqual([
      "lost acknowledged writes: 96, up to 7.8 s old",
    ]);
  });

  test("names each bound that was exceeded, in the words of who must look for the cause", () => {
    const slow = recordingOf({
      ...story,
      duration: 130,
      healed: 100,
      writers: [
        { server: "10.10.0.5", from: 0, to: 26 },
        { server: "10.20.0.5", from: 90, to: 131 },
      ],
      lost: { from: 10, to: 26 },
      unread: { city: "surabaya", from: 20, to: 50 },
    });
    expect(broken(failover, slow)).toEqual([
      "lost acknowledged writes: 192, up to 15.8 s old",
      // In this story Jakarta's clients reach the new primary, as nothing is cut.
      "jakarta: writes, last one acknowledged after the fault: 89.8 s",
      "bandung: writes, longest gap: 64.3 s",
      "surabaya: writes, longest gap: 64.3 s",
      "surabaya: reads through pg-ro, longest gap: 30.5 s",
      "surabaya: reads through pg-report, longest gap: 30.5 s",
    ]);
  });
});

describe("the verdict on the leader", () => {
  const promise: ScenarioPromise = { cities: {}, lostAge: 0, leader: "same" };
  const writers = [{ server: "10.10.0.5", from: 0, to: 61 }];

  test("compares it with the one before the fault", () => {
    expect(broken(promise, recordingOf({ writers }))).toEqual([]);
    for (const leader of ["other member", "other city", "nobody"] as const)
      expect(broken({ ...promise, leader }, recordingOf({ writers }))).toEqual([
        "leader when healing began: jakarta-core-0, before jakarta-core-0",
      ]);
  });

  test("never lets a reporting member lead (M9)", () => {
    const story = { writers: writers.map((writer) => ({ ...writer, leader: "bandung-reporting-0" })) };
    expect(broken({ ...promise, leader: "any" }, recordingOf(story))).toEqual([
      "reporting members that led: 1, e.g. bandung-reporting-0",
    ]);
  });
});

test("where readers are to be answered by others, they must be", () => {
  const reads = { ...bothReads(readsGoOn()), "pg-ro": readsGoOn(15, ["bandung-core-1"]) };
  const promise: ScenarioPromise = {
    cities: everyCity(writesGoOn(5), { bandung: { reads } }),
    lostAge: 0,
    leader: "same",
  };
  const recording = recordingOf({ writers: [{ server: "10.10.0.5", from: 0, to: 61 }] });
  expect(broken(promise, recording)).toEqual(["bandung: reads through pg-ro, answered by: bandung-core-0 30 times"]);
  expect(broken(promise, { ...recording, servers: { ...recording.servers, "10.20.0.5": "bandung-core-1" } })).toEqual(
    [],
  );
});

test("a load that stood still makes no verdict", () => {
  const recording = recordingOf({ writers: [{ server: "10.10.0.5", from: 0, to: 61 }] });
  const halted = {
    ...recording,
    operations: recording.operations.filter(({ sequence }) => sequence < 80 || sequence > 100),
  };
  const promise: ScenarioPromise = { cities: {}, lostAge: 0, leader: "any" };
  expect(broken(promise, { ...halted, rows: {}, copies: {} })).toContainEqual(
    expect.stringContaining("longest pause of the load itself"),
  );
});
