import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { repositoryPaths } from "../../components/postgres/configuration/pgbackrestRepository.js";
import {
  deleteBuckets,
  isObjectStorageUp,
  makeBuckets,
  startObjectStorage,
  stopObjectStorage,
} from "../machines/objectStorage.js";
import { objectStorageDirectory } from "../machines/directories.js";
import { hasNetwork } from "../network/namespaces.js";
import type { Platform } from "../platform.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { requireRealCity } from "./cities.js";

/** Stops the object storage of a city: connections to it are refused. What it holds stays. */
export async function stopStorage(platform: Platform, city: string): Promise<void> {
  requireRealCity(platform, city);
  await stopObjectStorage(platform, city);
}

/** Starts the object storage of a city again. Returns before it answers. */
export async function startStorage(platform: Platform, city: string): Promise<void> {
  requireRealCity(platform, city);
  await startObjectStorage(platform, city);
}

/** Deletes the buckets of a city for good. */
export async function loseBuckets(platform: Platform, city: string): Promise<void> {
  requireRealCity(platform, city);
  await deleteBuckets(platform, city);
}

/** Gives a city the buckets that it lacks, empty. */
export function giveBuckets(platform: Platform, city: string): void {
  requireRealCity(platform, city);
  makeBuckets(platform, city);
}

/**
 * Changes a bit in the middle of the largest file of a city's newest full backup, as a bad disk does.
 * @returns the label of the backup, and how to change it back.
 * @throws Error when there is no backup.
 */
export function damageBackup(platform: Platform, city: string): { label: string; undo: () => void } {
  requireRealCity(platform, city);
  const buckets = objectStorageDirectory(platform, city);
  const paths = readdirSync(buckets, { recursive: true, encoding: "utf8" });
  const label = paths
    .flatMap((path) => new RegExp(`${repositoryPaths.backups}/backup/[^/]+/([0-9-]+F)$`).exec(path)?.[1] ?? [])
    .sort()
    .at(-1);
  if (label === undefined) throw new Error(`${city} has no full backup`);
  const files = paths.filter((path) => path.includes(`/${label}/`)).map((path) => join(buckets, path));
  const [file = ""] = files.sort((one, other) => statSync(other).size - statSync(one).size);
  // In place: the storage keeps what it knows of an object beside the file.
  const flip = () => {
    const descriptor = openSync(file, "r+");
    const middle = Math.floor(fstatSync(descriptor).size / 2);
    const byte = Buffer.alloc(1);
    readSync(descriptor, byte, 0, 1, middle);
    writeSync(
      descriptor,
      byte.map((bits) => bits ^ 1),
      0,
      1,
      middle,
    );
    closeSync(descriptor);
  };
  flip();
  return {
    label,
    undo: () => {
      if (existsSync(file)) flip();
    },
  };
}

/** Whether the object storage runs, for each city that is up with real nodes. */
export const storages = (platform: Platform): Promise<{ city: string; up: boolean }[]> =>
  Promise.all(
    cityNames(nusantara)
      .filter((city) => hasNetwork(platform, city))
      .map(async (city) => ({ city, up: await isObjectStorageUp(platform, city) })),
  );
