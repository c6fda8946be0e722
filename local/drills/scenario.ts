import type { ReadEntry } from "./contract.js";
import type { Drill } from "./drill.js";

/** What clients of a city are promised of their writes. All bounds are in seconds. */
export type WritePromise =
  /** They go on: the longest time without an acknowledged one. */
  | { kind: "continue"; gap: number }
  /** They are refused: how long after the fault at the latest, and how soon after healing they are back. */
  | { kind: "refused"; within: number; back: number }
  /** Nothing while the city is away; how soon after healing they are back. */
  | { kind: "away"; back: number };

/** What clients of a city are promised of their reads through one entry point. */
export type ReadPromise =
  | {
      kind: "continue";
      gap: number;
      /** Members of which one must answer between the settling of the fault and its healing; any by default. */
      from?: readonly string[];
    }
  | { kind: "away"; back: number };

/** What clients of one city are promised. */
export interface CityPromise {
  writes: WritePromise;
  reads: Readonly<Record<ReadEntry, ReadPromise>>;
}

/** Who leads when healing begins: the same member as before, another one, one of another city, or nobody. */
export type LeaderPromise = "same" | "other member" | "other city" | "nobody" | "any";

/** What a scenario promises, beside what always holds: one writer, no row of unknown origin, equal copies. */
export interface ScenarioPromise {
  cities: Readonly<Record<string, CityPromise>>;
  /** Greatest age of a lost acknowledged write, in seconds; 0 allows none. With quorum commit none is ever allowed. */
  lostAge: number;
  leader: LeaderPromise;
}

/** One thing that is done. */
export interface Step {
  /** For people: the table of the documentation and the timeline. */
  what: string;
  act: (drill: Drill) => Promise<void>;
  /** Whether consequences are measured from the beginning of this step. @default the first step of the scenario */
  isFault?: boolean;
  /** Whether nothing is done but to wait: no mark on the timeline. */
  isPause?: boolean;
}

/** A drill: what is done to a healthy cluster under load, and what its clients are promised. */
export interface Scenario {
  /** As in SCENARIO=, in kebab case. */
  name: string;
  title: string;
  /** Requirements (M12.4) and rows of the matrix of tests (matrix 1 to matrix 15) that it proves. */
  covers: readonly string[];
  /** Whether it is one of the short set that CI runs. */
  inCi?: boolean;
  steps: readonly Step[];
  /** What must be back, beyond what was undone, for the moment to count as healed. */
  untilHealed?: (drill: Drill) => Promise<void>;
  /** What is wrong although the tier is healthy again, one entry a line. */
  afterwards?: (drill: Drill) => Promise<readonly string[]>;
  promise: ScenarioPromise;
}
