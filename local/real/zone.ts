import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../files.js";
import { byName, zoneRecords, type ZoneRecord } from "../nodes/dns.js";
import type { Platform } from "../platform.js";
import type { Manifest } from "../render/manifests.js";

const zoneOf = (platform: Platform): string => join(platform.directory, "state", "zone.json");

/** The private zone as the last run left it. */
export const recordedZone = (platform: Platform): ZoneRecord[] =>
  existsSync(zoneOf(platform)) ? (JSON.parse(readFileSync(zoneOf(platform), "utf8")) as ZoneRecord[]) : [];

/** Keeps what the cities' Services ask for. Cities that are not looked at keep their names. */
export function recordZone(platform: Platform, services: readonly Manifest[], cities: readonly string[]): void {
  const kept = recordedZone(platform).filter(({ name }) => !cities.some((city) => name.includes(`.${city}.`)));
  replaceFile(zoneOf(platform), JSON.stringify([...kept, ...zoneRecords(services)].sort(byName)));
}
