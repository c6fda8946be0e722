import fc from "fast-check";
import { findingsOf } from "../../local/drills/check.js";
import type { Operation } from "../../local/drills/history.js";
import { rangesOf, sequencesIn, type Recording, type Rows } from "../../local/drills/recording.js";
import { overlapsOf, writersOf } from "../../local/drills/safety.js";
import { cities } from "../support/drills.js";

/** Writers in turn, each for a while, with a pause between them in which writes are refused. */
const turns = fc.array(fc.record({ seconds: fc.integer({ min: 2, max: 12 }), pause: fc.integer({ min: 1, max: 8 }) }), {
  minLength: 1,
  maxLength: 4,
});

const operationArbitrary = fc.record({
  client: fc.constantFrom(...cities),
  /** Place in the whole run. */
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  latency: fc.double({ min: 0.001, max: 0.9, noNaN: true }),
  /** Whether the answer did not reach the client, and whether the write took effect then. */
  unanswered: fc.boolean(),
  effective: fc.boolean(),
});

/**
 * A history of a cluster that keeps every promise: writers follow one another, what is acknowledged stays, and a write
 * without an answer may or may not be there. Writers accept a write at a moment between its two ends.
 */
const sound: fc.Arbitrary<Recording> = fc
  .tuple(turns, fc.array(operationArbitrary, { minLength: 20, maxLength: 150 }))
  .map(([periods, wanted]) => {
    let at = 0;
    const writers = periods.map(({ seconds, pause }, index) => {
      const from = at;
      at += seconds + pause;
      return { from, to: from + seconds, server: `10.10.0.${index + 1}`, timeline: index + 1 };
    });
    const counts: Record<string, number> = {};
    const operations: Operation[] = [];
    const rows: Record<string, number[]> = {};
    for (const { client, place, latency, unanswered, effective } of wanted) {
      const accepted = place * at;
      const sequence = (counts[client] = (counts[client] ?? 0) + 1);
      const [invoked, ended] = [accepted - latency / 2, accepted + latency / 2];
      const about = { client, kind: "write", entry: "pg-rw", sequence, invoked, ended } as const;
      const writer = writers.find(({ from, to }) => accepted >= from && accepted < to);
      if (!writer) operations.push({ ...about, outcome: "fail" });
      else if (unanswered) operations.push({ ...about, outcome: "unknown" });
      else operations.push({ ...about, outcome: "ok", server: writer.server, timeline: writer.timeline });
      if (writer && (!unanswered || effective)) (rows[client] ??= []).push(sequence);
    }
    const table: Rows = Object.fromEntries(Object.entries(rows).map(([client, each]) => [client, rangesOf(each)]));
    return {
      cities,
      operations,
      observations: [],
      servers: {},
      start: 0,
      fault: at / 2,
      healing: at / 2,
      healed: at / 2,
      end: at,
      marks: [],
      rows: table,
      copies: Object.fromEntries(cities.map((city) => [city, table])),
      quorumCommit: false,
    };
  });

const acknowledged = ({ operations }: Recording): Operation[] => operations.filter(({ outcome }) => outcome === "ok");

const without = (rows: Rows, client: string, sequence: number): Rows => ({
  ...rows,
  [client]: rangesOf([...sequencesIn(rows[client] ?? [])].filter((each) => each !== sequence)),
});

test("nothing is found where nothing is wrong, whatever the order and the outcome of operations", () => {
  fc.assert(
    fc.property(sound, (recording) => {
      const { overlaps, lost, lostAge, phantoms, diverged, counts } = findingsOf(recording);
      expect({ overlaps, lost, lostAge, phantoms, diverged }).toEqual({
        overlaps: [],
        lost: [],
        lostAge: 0,
        phantoms: [],
        diverged: {},
      });
      expect(counts.acknowledged + counts.failed + counts.unknown).toBe(recording.operations.length);
    }),
    { numRuns: 100 },
  );
});

test("each acknowledged write that is taken from the table is found, and no other", () => {
  fc.assert(
    fc.property(sound, fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), (recording, picks) => {
      const all = acknowledged(recording);
      fc.pre(all.length > 0);
      const taken = new Set(picks.map((pick) => all[pick % all.length]));
      let { rows } = recording;
      for (const each of taken) if (each) rows = without(rows, each.client, each.sequence);
      const { lost, lostAge } = findingsOf({ ...recording, rows });
      const key = ({ client, sequence }: { client: string; sequence: number }) => `${client} ${sequence}`;
      expect(lost.map(key).sort()).toEqual([...taken].flatMap((each) => (each ? [key(each)] : [])).sort());
      for (const { acknowledged: at, age } of lost) {
        expect(age).toBeGreaterThanOrEqual(0);
        expect(age).toBeGreaterThanOrEqual(recording.fault - at);
        expect(age).toBeLessThanOrEqual(lostAge);
      }
    }),
    { numRuns: 100 },
  );
});

test("each row that nobody wrote, or that was refused, is found", () => {
  fc.assert(
    fc.property(sound, fc.constantFrom(...cities), fc.nat({ max: 300 }), (recording, client, sequence) => {
      const operation = recording.operations.find((each) => each.client === client && each.sequence === sequence + 1);
      fc.pre(operation === undefined || operation.outcome === "fail");
      const present = [...sequencesIn(recording.rows[client] ?? []), sequence + 1].sort((one, other) => one - other);
      const rows = { ...recording.rows, [client]: rangesOf(present) };
      const { phantoms, diverged } = findingsOf({ ...recording, rows });
      expect(phantoms).toEqual([{ client, sequence: sequence + 1, why: operation ? "refused" : "never invoked" }]);
      expect(diverged).toEqual(Object.fromEntries(cities.map((city) => [city, 1])));
    }),
    { numRuns: 100 },
  );
});

test("a server that goes on after another one has taken over is found", () => {
  fc.assert(
    fc.property(sound, fc.double({ min: 0.001, max: 2, noNaN: true }), (recording, delay) => {
      const writers = writersOf(recording.operations);
      const [old, next] = writers;
      fc.pre(old !== undefined && next !== undefined);
      const invoked = next.firstAcknowledged + delay;
      // The next one has to go on after it as well, or it may have been a short moment before.
      fc.pre(next.lastInvoked > old.firstAcknowledged);
      const late: Operation = {
        client: "jakarta",
        kind: "write",
        entry: "pg-rw",
        sequence: 9999,
        invoked,
        ended: invoked + 0.1,
        outcome: "ok",
        server: old.server,
        timeline: old.timeline,
      };
      const overlaps = overlapsOf(writersOf([...recording.operations, late]));
      expect(overlaps.map(({ writers: pair }) => pair.map(({ server }) => server))).toContainEqual([
        old.server,
        next.server,
      ]);
    }),
    { numRuns: 100 },
  );
});

test("a stretch without acknowledged writes is measured to the moment", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 40 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(...cities),
      (fault, seconds, city) => {
        const end = fault + seconds + 20;
        const operations = Array.from({ length: end * 2 }, (_, index): Operation => {
          const invoked = index / 2;
          const isAway = invoked >= fault && invoked < fault + seconds;
          const about = {
            client: city,
            kind: "write",
            entry: "pg-rw",
            sequence: index + 1,
            invoked,
            ended: invoked,
          } as const;
          return isAway ? { ...about, outcome: "unknown" } : { ...about, outcome: "ok", server: "s", timeline: 1 };
        });
        const rows = { [city]: [[1, end * 2]] as const };
        const recording: Recording = {
          cities: [city],
          operations,
          observations: [],
          servers: {},
          start: 0,
          fault,
          healing: fault + seconds,
          healed: fault + seconds,
          end: end - 0.5,
          marks: [],
          rows,
          copies: {},
          quorumCommit: false,
        };
        const found = findingsOf(recording).cities[city];
        expect(found?.writes).toEqual({ from: fault - 0.5, to: fault + seconds, seconds: seconds + 0.5, open: false });
      },
    ),
  );
});
