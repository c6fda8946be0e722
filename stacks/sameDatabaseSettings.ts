import * as pulumi from "@pulumi/pulumi";
import type { DatabaseSettings } from "../components/postgres/index.js";
import type { CityOutputs } from "./outputs.js";

/** Settings by path, e.g. `timers.ttl` or `topology.cities.0.name`. */
type SettingsByPath = NonNullable<CityOutputs["databaseSettings"]>;

/** The settings of a city's database as one city compares them with another. Pure. */
export const settingsByPath = (settings: DatabaseSettings): SettingsByPath => Object.fromEntries(leavesOf(settings));

const leavesOf = (value: unknown, path: readonly string[] = []): [string, string | number][] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, part]) => leavesOf(part, [...path, key]))
    : typeof value === "string" || typeof value === "number"
      ? [[path.join("."), value]]
      : [];

/** What differs, one sentence each. Pure. */
export function differences(here: SettingsByPath, there: SettingsByPath): string[] {
  const paths = [...new Set([...Object.keys(here), ...Object.keys(there)])];
  const textOf = (value: string | number | undefined): string =>
    value === undefined ? "unset" : JSON.stringify(value);
  return paths
    .filter((path) => here[path] !== there[path])
    .map((path) => `${path} is ${textOf(here[path])} here and ${textOf(there[path])} there`);
}

/**
 * Members follow one configuration, whichever city wrote it last: cities that differ would write by turns, and what a
 * city's pods, volumes and limits are made for would not be what runs in them.
 *
 * A preview only warns: the first city's change may be part of the same pull request, and comes first.
 * @param allowed whether it never more than warns.
 * @param there what the first city said when it was last brought up; undefined when it said nothing.
 * @throws Error that names what differs.
 */
export function requireSameSettings(
  { city, first, allowed }: { city: string; first: string; allowed: boolean },
  settings: DatabaseSettings,
  there: SettingsByPath | undefined,
): void {
  const found = there === undefined ? [] : differences(settingsByPath(settings), there);
  if (found.length === 0) return;
  const problem =
    `the database of ${city} is set otherwise than that of ${first}: ${found.join("; ")}. ` +
    `Write the same below nusantara:database of every city, and bring ${first} up first; while ${first} is lost, ` +
    `allowDifferentSettings: true goes without it`;
  if (!allowed && !pulumi.runtime.isDryRun()) throw new Error(problem);
  void pulumi.log.warn(problem);
}
