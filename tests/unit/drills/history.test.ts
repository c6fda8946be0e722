import { parseEvent, Recorder } from "../../../local/drills/history.js";
import { membership, rangesOf, sequencesIn } from "../../../local/drills/recording.js";

const line = (event: object): string => JSON.stringify({ monotonic: 5_000_000, wall: 1, ...event });
const write = { operation: "write", entry: "pg-rw", sequence: 7 };

function recorded(...events: object[]) {
  const recorder = new Recorder("jakarta");
  for (const event of events) recorder.add(parseEvent(line(event)));
  return recorder.history;
}

describe("the history of a client", () => {
  test("joins the beginning and the end of an operation", () => {
    const { operations } = recorded(
      { ...write, type: "invoke" },
      { ...write, type: "ok", monotonic: 5_250_000, server: "10.10.0.5", timeline: 3 },
    );
    expect(operations).toEqual([
      {
        client: "jakarta",
        kind: "write",
        entry: "pg-rw",
        sequence: 7,
        invoked: 5,
        ended: 5.25,
        outcome: "ok",
        server: "10.10.0.5",
        timeline: 3,
      },
    ]);
  });

  test("knows nothing of the outcome of an operation whose end was not told", () => {
    expect(recorded({ ...write, type: "invoke" }).operations).toEqual([
      expect.objectContaining({ outcome: "unknown", ended: Infinity }),
    ]);
  });

  test("has views of the cluster, empty where nobody answered; an unknown lag is no number", () => {
    const members = [
      { name: "jakarta-core-0", role: "leader", state: "running", timeline: 2, host: "left out" },
      { name: "bandung-core-0", role: "replica", state: "streaming", timeline: 2, lag: "unknown" },
    ];
    const { observations } = recorded(
      { type: "observe", result: { members, leaders: ["jakarta-core-0"] } },
      { type: "observe", error: "nobody" },
    );
    expect(observations).toEqual([
      {
        city: "jakarta",
        at: 5,
        members: [
          { name: "jakarta-core-0", role: "leader", state: "running", timeline: 2, lag: undefined },
          { name: "bandung-core-0", role: "replica", state: "streaming", timeline: 2, lag: undefined },
        ],
        leaders: ["jakarta-core-0"],
      },
      { city: "jakarta", at: 5, members: [], leaders: [] },
    ]);
  });

  test("is refused where it makes no sense", () => {
    expect(() => recorded({ ...write, type: "ok" })).toThrow("jakarta: write 7 ended without having begun");
    expect(() => parseEvent("{}")).toThrow();
    expect(() => parseEvent('{"type":"invoke","operation":"delete"}')).toThrow();
  });
});

test("rows are ranges of numbers with both ends", () => {
  const sequences = [1, 2, 3, 7, 9, 10];
  expect(rangesOf(sequences)).toEqual([
    [1, 3],
    [7, 7],
    [9, 10],
  ]);
  expect([...sequencesIn(rangesOf(sequences))]).toEqual(sequences);
  const isThere = membership({ jakarta: [[1, 3]] });
  expect([isThere("jakarta", 3), isThere("jakarta", 4), isThere("bandung", 1)]).toEqual([true, false, false]);
});
