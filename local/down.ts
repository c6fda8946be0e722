import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clustersOf, removeCluster } from "./clusters.js";
import type { Platform } from "./platform.js";

/** Everything that a platform writes into its directory. Nothing else in there is touched. */
const ownEntries = ["clusters", "engine", "kube-cache", "kubeconfig", "kubeconfigs", "kwok", "pulumi", "state"];

/**
 * Stops and removes everything that `up` started, its state and secrets included. The tools stay.
 * @returns the cities that were removed.
 */
export async function down(platform: Platform): Promise<string[]> {
  const removed = await Promise.all(
    clustersOf(platform).map(async (city) => ((await removeCluster(platform, city)) ? [city] : [])),
  );
  for (const entry of ownEntries) rmSync(join(platform.directory, entry), { recursive: true, force: true });
  if (existsSync(platform.directory) && readdirSync(platform.directory).length === 0) rmdirSync(platform.directory);
  return removed.flat();
}
