import { existsSync, rmSync } from "node:fs";
import { cityNames, nusantara } from "../stacks/topology.js";
import { removeCluster } from "./clusters.js";
import type { Platform } from "./platform.js";

/**
 * Stops and removes everything that `up` started, its state and secrets included. The tools stay.
 * @returns the cities that were removed.
 */
export async function down(platform: Platform): Promise<string[]> {
  const removed = await Promise.all(
    cityNames(nusantara).map(async (city) => ((await removeCluster(platform, city)) ? [city] : [])),
  );
  if (existsSync(platform.directory)) rmSync(platform.directory, { recursive: true, force: true });
  return removed.flat();
}
