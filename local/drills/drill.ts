import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseTopology } from "../../components/postgres/layout.js";
import { UserError, wordsOf } from "../errors.js";
import type { Platform } from "../platform.js";
import type { DrillClient } from "./clients.js";
import type { Observation, Operation } from "./history.js";
import { leaderAt } from "./leadership.js";
import type { Pods } from "./pods.js";
import type { Mark } from "./recording.js";
import { abandonRunbook, followRunbook, type RunbookArgs } from "./runbooks.js";
import type { Check } from "./verdict.js";

/** Seconds of the machine's monotonic clock, which the clients use too. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e9;

/** Milliseconds between two looks at a condition. */
const pause = 250;

/** Seconds until it is seen that a switchover is done, of which Patroni itself may know no more than that it was ordered. */
const leadPatience = 60;

/** What is missing where something is to succeed: the words of its error. */
export const refusalOf = (act: Promise<unknown>): Promise<string[]> =>
  act.then(
    () => [],
    (error: unknown) => [wordsOf(error)],
  );

/** One attempt at a scenario while it runs: what steps work with. */
export class Drill {
  readonly marks: Mark[] = [];
  /** What a step leaves for later ones, by a name of its own. */
  readonly notes = new Map<string, string>();
  /** What steps found wrong, which lets the drill fail although it went on. */
  readonly complaints: string[] = [];
  /** Promises that steps held against what they measured themselves. */
  readonly checks: Check[] = [];
  private readonly undoings: { what: string; act: () => Promise<void> }[] = [];

  constructor(
    readonly platform: Platform,
    readonly topology: DatabaseTopology,
    readonly clients: readonly DrillClient[],
    readonly pods: Pods,
    /** Told when the person at the keyboard wants to stop. */
    readonly signal: AbortSignal,
    private readonly say: (message: string) => void,
  ) {}

  get cities(): string[] {
    return this.topology.cities.map(({ name }) => name);
  }

  client(city: string): DrillClient {
    const client = this.clients.find((each) => each.city === city);
    if (!client) throw new Error(`${city} has no client`);
    return client;
  }

  /** The leader as the newest view shows it. @throws UserError when none does. */
  leader(): string {
    const leader = leaderAt(this.observations(), now());
    if (leader !== undefined) return leader;
    throw new UserError("nobody leads the cluster", "look into the pods of core in each city");
  }

  /** As `leader`, but waits for one: right after a change of the lead nobody may be seen to have it. */
  async awaitLeader(seconds: number = leadPatience): Promise<string> {
    const seen = () => leaderAt(this.observations(), now());
    await this.require("a leader", () => (seen() === undefined ? ["nobody leads"] : []), seconds);
    return this.leader();
  }

  /** Waits until a member is seen to lead. @throws UserError when it takes too long. */
  requireLeader(member: string): Promise<void> {
    return this.require(
      `the lead of ${member}`,
      () => {
        const found = leaderAt(this.observations(), now());
        return found === member ? [] : [`${found ?? "nobody"} leads`];
      },
      leadPatience,
    );
  }

  observations(): Observation[] {
    return this.clients.flatMap(({ history }) => history.observations);
  }

  operations(): Operation[] {
    return this.clients.flatMap(({ history }) => history.operations);
  }

  /** The newest view of each city. */
  views(): Observation[] {
    return this.clients.flatMap(({ history }) => history.observations.at(-1) ?? []);
  }

  /** Puts something on record. */
  mark(what: string): number {
    const at = now();
    this.marks.push({ at, what });
    this.say(what);
    return at;
  }

  /** Says how to undo what is about to be done; it is undone in any case, the last thing first. */
  onHealing(what: string, act: () => Promise<void>): void {
    this.undoings.push({ what, act });
  }

  /**
   * Undoes everything that is not undone yet, and goes on where something fails.
   * @throws UserError naming what could not be undone.
   */
  async heal(): Promise<void> {
    const failures: string[] = [];
    for (let undoing = this.undoings.pop(); undoing; undoing = this.undoings.pop()) {
      this.say(`healing: ${undoing.what}`);
      try {
        await undoing.act();
      } catch (error) {
        failures.push(`${undoing.what}: ${wordsOf(error)}`);
      }
    }
    if (failures.length > 0)
      throw new UserError("not everything could be healed", "make up undoes what drills break", failures);
  }

  /** Does what a runbook says, telling what its commands print. @throws UserError when a command fails. */
  async followRunbook(args: Omit<RunbookArgs, "signal" | "say">): Promise<string> {
    const say = (line: string): void => {
      this.say(`  ${line}`);
    };
    try {
      return await followRunbook(this.platform, { ...args, signal: this.signal, say });
    } catch (error) {
      this.onHealing("end what the runbook began", () => abandonRunbook(this.platform, this.cities));
      throw error;
    }
  }

  async hold(seconds: number): Promise<void> {
    await sleep(seconds * 1000, undefined, { signal: this.signal });
  }

  /**
   * Waits for something, and for no longer than a bound.
   * @param lacking what is missing yet, one entry a line; empty when nothing is.
   * @returns what is missing still.
   */
  async waitFor(
    lacking: () => readonly string[] | Promise<readonly string[]>,
    seconds: number,
  ): Promise<readonly string[]> {
    for (const end = now() + seconds; ;) {
      const missing = await lacking();
      if (missing.length === 0 || now() >= end) return missing;
      await sleep(pause, undefined, { signal: this.signal });
    }
  }

  /** As `waitFor`. @throws UserError with what is missing when the time is up. */
  async require(
    what: string,
    lacking: () => readonly string[] | Promise<readonly string[]>,
    seconds: number,
  ): Promise<void> {
    const missing = await this.waitFor(lacking, seconds);
    if (missing.length > 0)
      throw new UserError(`${what} did not come true within ${seconds} s`, "look into what is named", [...missing]);
  }
}
