import {
  deleteBuckets,
  isObjectStorageUp,
  makeBuckets,
  startObjectStorage,
  stopObjectStorage,
} from "../machines/objectStorage.js";
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

/** Whether the object storage runs, for each city that is up with real nodes. */
export const storages = (platform: Platform): Promise<{ city: string; up: boolean }[]> =>
  Promise.all(
    cityNames(nusantara)
      .filter((city) => hasNetwork(platform, city))
      .map(async (city) => ({ city, up: await isObjectStorageUp(platform, city) })),
  );
