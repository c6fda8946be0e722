import { archiveTimeout } from "../../components/postgres/configuration/fixedParameters.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import type { ReadEntry } from "./contract.js";
import type { CityPromise, ReadPromise, WritePromise } from "./scenario.js";

/** Bounds of what scenarios promise, in seconds, with where each comes from. */
export const bounds = {
  /** Worst time to recovery for a dead city or primary: ttl 30 + loop_wait 4 + promotion 2 + HAProxy 4, and a margin. */
  recovery: 60,
  /** Median of several runs of the same. */
  recoveryMedian: 35,
  /** No recovery may take longer: the requirement. */
  recoveryLimit: 180,
  /** Crash of PostgreSQL with a living Patroni: loop_wait 4 + primary_start_timeout 60 + loop_wait 4 + 2 + HAProxy 4. */
  crash: 74,
  /** A primary without room for WAL: three looks of 5 s, and what a crash takes where the lock has to run out. */
  fullVolume: 89,
  /** Planned switchover: what published tests of operators give one. */
  switchover: 20,
  /** Writes of an isolated primary: loop_wait 4 + retry_timeout 6 bounds what is acknowledged, and so what is lost. */
  isolation: 10,
  /** What a crash may cost, of the 10 s of M13: WAL that was acknowledged and not yet sent, as a commit waits for no other member. */
  crashLoss: 1,
  /** Without a quorum writes are refused within this, HAProxy's checks included. */
  refusal: 15,
  /**
   * And back after healing, where the primary stayed where it was. A city that was cut off or switched off has to find another
   * one by HAProxy's checks, which is `reads`, and an etcd that was full has to free its space, which is `switchover`.
   */
  back: 10,
  /** Where nothing is to be noticed: what three cities on two cores need to answer at times. */
  unnoticed: 5,
  /**
   * Reads move to the next member: HAProxy's interval and two failed checks, 2 + 3 + 1 + 3 s, or 5 + 2 + 1 + 2 s where
   * another city served them, and a new connection.
   */
  reads: 15,
  /** Every member streams again after etcd was away: what row 14 of the matrix of tests demands. */
  streaming: 60,
  /** Pauses of the load itself: clients run before all else, so a longer one is of the whole machine. */
  stall: 1,
  /** Where a person follows a runbook that takes everything away: three cities on two cores copy and start again. */
  byHand: 900,
  /** Age of writes that a person gives up: since the candidates were stopped, or since the moment that is gone back to. */
  byChoice: 240,
  /** Age of writes that no archive has: `archive_timeout`, and an upload. */
  archived: archiveTimeout + 30,
  /** A city that was switched off: control plane, nodes and pods start again. */
  cityBack: 240,
} as const;

const cities = cityNames(nusantara);

export const writesGoOn = (gap: number): WritePromise => ({ kind: "continue", gap });
export const writesRefused = (back: number = bounds.back): WritePromise => ({
  kind: "refused",
  within: bounds.refusal,
  back,
});
/** Nothing is promised while the fault lasts: the configuration lets either of two things happen. */
export const writesEither = (back: number = bounds.reads): WritePromise => ({ kind: "away", back });
export const readsGoOn = (gap: number = bounds.reads, from?: readonly string[]): ReadPromise => ({
  kind: "continue",
  gap,
  ...(from && { from }),
});
const away = { kind: "away", back: bounds.cityBack } as const;

export const bothReads = (promise: ReadPromise): Record<ReadEntry, ReadPromise> => ({
  "pg-ro": promise,
  "pg-report": promise,
});

/** The same promise for every city, reads going on, with exceptions. */
export function everyCity(
  writes: WritePromise,
  exceptions: Readonly<Record<string, Partial<CityPromise>>> = {},
): Record<string, CityPromise> {
  const usual: CityPromise = { writes, reads: bothReads(readsGoOn()) };
  return Object.fromEntries(cities.map((city) => [city, { ...usual, ...exceptions[city] }]));
}

const byHand: CityPromise = { writes: writesGoOn(bounds.byHand), reads: bothReads(readsGoOn(bounds.byHand)) };

/** A person works on the tier: everything is away until the runbook has been followed. */
export const everyCityByHand: Readonly<Record<string, CityPromise>> = Object.fromEntries(
  cities.map((city) => [city, byHand]),
);

/** Nothing is promised to clients of a city that is switched off. */
export const cityAway: CityPromise = { writes: away, reads: bothReads(away) };
