import { leadershipOf } from "../../../local/drills/leadership.js";
import { greatestLag, lagPerSecond, perSecond, scaleEnd, tickDistance } from "../../../local/drills/series.js";
import { element, textElement } from "../../../local/drills/svg.js";
import { timeline } from "../../../local/drills/timeline.js";
import { recordingOf } from "../../support/drills.js";

const recording = recordingOf({
  writers: [
    { server: "10.10.0.5", from: 0, to: 18 },
    { server: "10.20.0.5", from: 36, to: 61 },
  ],
});
const picture = timeline(recording, 'A "title" & more', "Every promise was kept.");

describe("the picture of an attempt", () => {
  test("is the same every time, and one element that says what it shows to who can't see it", () => {
    expect(timeline(recording, 'A "title" & more', "Every promise was kept.")).toBe(picture);
    expect(picture).toMatch(/^<svg .*role="img" aria-labelledby="title summary">.*<\/svg>$/s);
    expect(picture).toContain('<title id="title">A &quot;title&quot; &amp; more</title>');
    expect(picture).toContain('<desc id="summary">Every promise was kept.</desc>');
  });

  test("has colours for light and dark, and names each line beside it", () => {
    expect(picture).toContain("@media (prefers-color-scheme:dark)");
    for (const city of ["jakarta", "bandung", "surabaya"]) expect(picture.split(`>${city}</text>`)).toHaveLength(4);
  });

  test("shows what was done and when, counted from the fault", () => {
    expect(picture).toContain("+0.0 s  the links of jakarta are cut");
    expect(picture).toContain("+30.0 s  healing begins");
  });

  test("shows who led, and when nobody did", () => {
    expect(leadershipOf(recording).periods.map(({ leader }) => leader)).toEqual([
      "jakarta-core-0",
      undefined,
      "bandung-core-0",
    ]);
    expect(picture).toMatch(/<title>nobody: 1\d s<\/title>/);
  });

  test("can be drawn of an attempt in which nothing happened", () => {
    const empty = { ...recording, operations: [], observations: [], marks: [], end: 0 };
    expect(timeline(empty, "empty", "")).not.toMatch(/NaN|Infinity|undefined/);
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
  });
});

test("operations count in the second in which they ended", () => {
  const jakarta = recording.operations.filter(({ client, kind }) => client === "jakarta" && kind === "write");
  const counts = perSecond(jakarta, recording);
  expect(counts).toHaveLength(60);
  expect(new Set(counts)).toEqual(new Set([4]));
});

test("the greatest known lag of a city stands until another is known", () => {
  const at = (second: number, lag: number | undefined) => ({
    city: "jakarta",
    at: second,
    members: [{ name: "bandung-core-0", role: "replica", state: "streaming", lag }],
    leaders: [],
  });
  const span = { start: 0, end: 4 };
  expect(lagPerSecond([at(0.5, 10), at(0.6, 7), at(2.5, 3)], "bandung", span)).toEqual([10, 10, 3, 3]);
  expect(lagPerSecond([at(0.5, undefined), at(9, 5)], "bandung", span)).toEqual([0, 0, 0, 0]);
  expect(greatestLag([at(0.5, 10), at(1, undefined), at(2.5, 3)], "bandung-core-0")).toBe(10);
  expect(greatestLag([at(0.5, 10)], "surabaya-core-0")).toBe(0);
});

test("scales end at round numbers, and axes have marks at round distances", () => {
  expect([0, 0.3, 1, 17, 20, 21, 99].map(scaleEnd)).toEqual([1, 0.5, 1, 20, 20, 50, 100]);
  expect([10, 100, 170, 600, 99_999].map((seconds) => tickDistance(seconds, 12))).toEqual([1, 10, 15, 60, 1200]);
});

test("text is escaped and numbers are short", () => {
  expect(element("line", { x1: 1 / 3, class: undefined })).toBe('<line x1="0.33"/>');
  expect(textElement("text", {}, "a < b & c")).toBe("<text>a &lt; b &amp; c</text>");
});
