import { divergedCopies, lostWrites, overlapsOf, phantomsOf, writersOf } from "../../../local/drills/safety.js";
import { latency, recordingOf } from "../../support/drills.js";

const jakarta = { server: "10.10.0.5", from: 0, to: 61 };

describe("two writers", () => {
  test("one server after the other is one writer at a time", () => {
    const { operations } = recordingOf({
      writers: [
        { ...jakarta, to: 10 },
        { server: "10.20.0.5", from: 40, to: 61 },
      ],
    });
    const writers = writersOf(operations);
    expect(writers.map(({ server, timeline }) => [server, timeline])).toEqual([
      ["10.10.0.5", 1],
      ["10.20.0.5", 2],
    ]);
    expect(overlapsOf(writers)).toEqual([]);
  });

  test("are found when one wrote before and after the other, and for how long is said", () => {
    const { operations } = recordingOf({ writers: [jakarta] });
    const other = operations.map((each) =>
      each.client === "bandung" && each.kind === "write" && each.invoked >= 20 && each.invoked <= 25
        ? { ...each, server: "10.20.0.5", timeline: 2 }
        : each,
    );
    const [overlap, ...more] = overlapsOf(writersOf(other));
    expect(more).toEqual([]);
    expect(overlap?.writers.map(({ server }) => server)).toEqual(["10.10.0.5", "10.20.0.5"]);
    expect(overlap?.seconds).toBeCloseTo(5 - latency);
  });

  test("are found for a single write in between, and for two servers on one timeline", () => {
    const { operations } = recordingOf({ writers: [jakarta] });
    const single = operations.map((each) =>
      each.client === "bandung" && each.kind === "write" && each.sequence === 100
        ? { ...each, server: "10.20.0.5" }
        : each,
    );
    expect(overlapsOf(writersOf(single))).toHaveLength(1);
  });

  test("can't be told from slow answers: a write counts from its invocation to its acknowledgement", () => {
    const write = { client: "jakarta", kind: "write", entry: "pg-rw", outcome: "ok" } as const;
    const writers = writersOf([
      { ...write, sequence: 1, invoked: 0, ended: 9, server: "old", timeline: 1 },
      { ...write, sequence: 2, invoked: 3, ended: 4, server: "new", timeline: 2 },
    ]);
    expect(overlapsOf(writers)).toEqual([]);
  });
});

describe("lost writes", () => {
  test("of a crash are as old as the time from their acknowledgement to the fault", () => {
    const recording = recordingOf({
      writers: [
        { ...jakarta, to: 10 },
        { server: "10.20.0.5", from: 40, to: 61 },
      ],
      fault: 12,
      lost: { from: 9, to: 10 },
    });
    const lost = lostWrites(recording);
    expect(lost).toHaveLength(12);
    expect(lost[0]?.acknowledged).toBeCloseTo(9 + latency);
    expect(lost[0]?.age).toBeCloseTo(3 - latency);
  });

  test("of an isolated primary are as old as the time to the last write that it acknowledged", () => {
    const recording = recordingOf({
      writers: [
        { ...jakarta, to: 18 },
        { server: "10.20.0.5", from: 40, to: 61 },
      ],
      lost: { from: 10, to: 18 },
    });
    expect(Math.max(...lostWrites(recording).map(({ age }) => age))).toBeCloseTo(7.75);
  });

  test("are none when a write of unknown outcome is missing", () => {
    const recording = recordingOf({ writers: [jakarta], lost: { from: 10, to: 11 } });
    const operations = recording.operations.map((each) =>
      each.ended >= 10 && each.ended <= 11 && each.kind === "write" ? { ...each, outcome: "unknown" as const } : each,
    );
    expect(lostWrites({ ...recording, operations })).toEqual([]);
  });
});

describe("rows", () => {
  const recording = recordingOf({ writers: [{ ...jakarta, from: 10 }] });

  test("that nobody invoked, or that were refused, are named", () => {
    expect(phantomsOf(recording)).toEqual([]);
    const rows = { ...recording.rows, jakarta: [[40, 241]] as const, nobody: [[1, 1]] as const };
    expect(phantomsOf({ ...recording, rows })).toEqual([
      { client: "jakarta", sequence: 40, why: "refused" },
      { client: "jakarta", sequence: 241, why: "never invoked" },
      { client: "nobody", sequence: 1, why: "never invoked" },
    ]);
  });

  test("of copies are compared with the primary's, both ways", () => {
    expect(divergedCopies(recording)).toEqual({});
    const surabaya = { ...recording.rows, jakarta: [[45, 240]] as const, bandung: [[1, 240]] as const };
    expect(divergedCopies({ ...recording, copies: { ...recording.copies, surabaya } })).toEqual({ surabaya: 4 + 40 });
  });
});
