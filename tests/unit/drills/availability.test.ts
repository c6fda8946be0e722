import { longestGap, longestStall, refusalOf, stalenessOf, successes } from "../../../local/drills/availability.js";
import { cities, recordingOf } from "../../support/drills.js";

describe("the longest gap", () => {
  const span = { start: 0, from: 10, to: 60 };

  test("begins with the last success before the span, as that is since when nothing worked", () => {
    expect(longestGap([1, 9, 30, 31, 59], { ...span })).toEqual({ from: 31, to: 59, seconds: 28, open: false });
    expect(longestGap([1, 9, 38, 39, 59], { ...span })).toEqual({ from: 9, to: 38, seconds: 29, open: false });
  });

  test("is open when nothing came back", () => {
    expect(longestGap([8], span)).toEqual({ from: 8, to: 60, seconds: 52, open: true });
    expect(longestGap([], span)).toEqual({ from: 0, to: 60, seconds: 60, open: true });
  });

  test("takes no notice of what came before or after", () => {
    expect(longestGap([0, 9.9, 10.1, 60, 70], { start: 0, from: 10, to: 10.2 }).seconds).toBeCloseTo(0.2);
  });
});

describe("refused writes", () => {
  const recording = recordingOf({
    writers: [
      { server: "10.10.0.5", from: 0, to: 18 },
      { server: "10.10.0.5", from: 44, to: 61 },
    ],
  });
  const writes = recording.operations.filter(({ kind }) => kind === "write");

  test("ended some time after the fault and came back some time after healing", () => {
    const { refusedAfter, backAfter } = refusalOf(writes, recording);
    expect(refusedAfter).toBeCloseTo(7.76);
    expect(backAfter).toBeCloseTo(4.01);
  });

  test("may be back before all is healed, and may never come back", () => {
    expect(refusalOf(writes, { ...recording, healed: 50 }).backAfter).toBe(0);
    expect(refusalOf(writes, { ...recording, healing: 60, healed: 60 }).backAfter).toBeUndefined();
    expect(refusalOf([], recording)).toEqual({ refusedAfter: 0, backAfter: undefined });
  });
});

describe("staleness", () => {
  const recording = recordingOf({ writers: [{ server: "10.10.0.5", from: 0, to: 61 }] });

  test("is nothing for a read that saw every write acknowledged before it", () => {
    expect(Math.max(...stalenessOf(recording.operations, recording.rows).map(({ seconds }) => seconds))).toBe(0);
  });

  test("is the age of the oldest write that a read did not see", () => {
    const newest = Object.fromEntries(cities.map((city) => [city, city === "bandung" ? 40 : 240]));
    const reads = recording.operations
      .filter(({ kind }) => kind === "read")
      .slice(0, 1)
      .map((read) => ({ ...read, invoked: 30, newest }));
    const writes = recording.operations.filter(({ kind }) => kind === "write");
    // Bandung's write 41 was invoked at 10 s and acknowledged a hundredth of a second later.
    expect(stalenessOf([...writes, ...reads], recording.rows)[0]?.seconds).toBeCloseTo(19.99);
  });

  test("does not count lost writes, which no read can see", () => {
    const lost = recordingOf({ writers: [{ server: "10.10.0.5", from: 0, to: 61 }], lost: { from: 10, to: 61 } });
    const reads = lost.operations.map((each) => ({
      ...each,
      newest: Object.fromEntries(cities.map((city) => [city, 40])),
    }));
    expect(Math.max(...stalenessOf(reads, lost.rows).map(({ seconds }) => seconds))).toBe(0);
  });
});

test("a load that stood still is noticed", () => {
  const recording = recordingOf({ writers: [] });
  expect(longestStall(recording.operations, recording)).toBeCloseTo(0.25);
  const halted = recording.operations.filter(({ invoked }) => invoked < 20 || invoked > 24);
  expect(longestStall(halted, recording)).toBeCloseTo(4.5, 0);
  expect(successes(halted.filter(({ kind }) => kind === "write"))).toEqual([]);
});
