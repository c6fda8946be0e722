import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { repositoryPaths } from "../../components/postgres/configuration/pgbackrestRepository.js";
import { clusterName } from "../../components/postgres/layout.js";
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

/** Something of a repository that was damaged. */
export interface Damage {
  /** Label of the backup, or name of the file of WAL. */
  name: string;
  /** Changes the bit back, once, where the file is still there. */
  undo: () => void;
}

/** Changes a bit in the middle of a file. In place: the storage keeps what it knows of an object beside the file. */
function flipBit(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
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
  } finally {
    closeSync(descriptor);
  }
}

function damage(name: string, file: string): Damage {
  flipBit(file);
  let isDamaged = true;
  return {
    name,
    undo: () => {
      if (isDamaged && existsSync(file)) flipBit(file);
      isDamaged = false;
    },
  };
}

/** Where a city's repository keeps backups or WAL. @throws Error when there is none. */
function repositoryDirectory(platform: Platform, city: string, kind: "backup" | "archive"): string {
  requireRealCity(platform, city);
  const storage = objectStorageDirectory(platform, city);
  for (const bucket of readdirSync(storage)) {
    const directory = join(storage, bucket, repositoryPaths.backups, kind, clusterName);
    if (existsSync(directory)) return directory;
  }
  throw new Error(`${city} has no repository`);
}

/**
 * Changes a bit in the largest file of a city's newest full backup, as a bad disk does.
 * @throws Error when there is no backup.
 */
export function damageBackup(platform: Platform, city: string): Damage {
  const backups = repositoryDirectory(platform, city, "backup");
  const label = readdirSync(backups)
    .filter((name) => /^[0-9-]+F$/.test(name))
    .sort()
    .at(-1);
  if (label === undefined) throw new Error(`${city} has no full backup`);
  const [file = ""] = readdirSync(join(backups, label), { recursive: true, encoding: "utf8" })
    .map((path) => join(backups, label, path))
    .sort((one, other) => statSync(other).size - statSync(one).size);
  return damage(label, file);
}

/**
 * The same to the newest file of a city's archive.
 * @throws Error when there is no WAL.
 */
export function damageWal(platform: Platform, city: string): Damage {
  const archive = repositoryDirectory(platform, city, "archive");
  const segments = readdirSync(archive, { recursive: true, encoding: "utf8" }).flatMap((path) => {
    const name = /\/([0-9A-F]{24})-[0-9a-f]{40}[^/]*$/.exec(path)?.[1];
    return name === undefined ? [] : [{ name, path: join(archive, path) }];
  });
  const newest = segments.sort((one, other) => one.name.localeCompare(other.name)).at(-1);
  if (!newest) throw new Error(`the archive of ${city} has no WAL`);
  return damage(newest.name, newest.path);
}

/** Whether the object storage runs, for each city that is up with real nodes. */
export const storages = (platform: Platform): Promise<{ city: string; up: boolean }[]> =>
  Promise.all(
    cityNames(nusantara)
      .filter((city) => hasNetwork(platform, city))
      .map(async (city) => ({ city, up: await isObjectStorageUp(platform, city) })),
  );
