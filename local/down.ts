import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clustersOf, removeCluster } from "./clusters.js";
import { platformGroup } from "./machines/directories.js";
import { restoreWatches } from "./machines/watches.js";
import { ownNamespaces, releaseNamespaceDirectory, removeNamespaces } from "./network/namespaces.js";
import type { Platform } from "./platform.js";

/** Everything that a platform writes into its directory. Nothing else in there is touched. */
const ownEntries = [
  "clusters",
  "engine",
  "kube-cache",
  "kubeconfig",
  "kubeconfigs",
  "kwok",
  "node-kind",
  "nodes",
  "object-storage",
  "pulumi",
  "services",
  "state",
  "volumes",
  "zone",
];

/**
 * Stops and removes everything that `up` started, its state and secrets included. The tools stay.
 * @returns the cities that were removed.
 */
export async function down(platform: Platform): Promise<string[]> {
  const removed = await Promise.all(
    clustersOf(platform).map(async (city) => ((await removeCluster(platform, city)) ? [city] : [])),
  );
  await removeEverythingInKernel(platform);
  for (const entry of ownEntries) rmSync(join(platform.directory, entry), { recursive: true, force: true });
  if (existsSync(platform.directory) && readdirSync(platform.directory).length === 0) rmdirSync(platform.directory);
  return removed.flat();
}

/**
 * Ends and removes what real nodes consist of, whatever a run that was cut off has left of them: everything of it runs
 * in control groups and namespaces that bear the platform's name, and mounts end with the processes that made them.
 */
async function removeEverythingInKernel(platform: Platform): Promise<void> {
  const group = platformGroup(platform);
  await group.kill();
  await group.remove();
  await removeNamespaces(platform, ownNamespaces(platform));
  await releaseNamespaceDirectory(platform);
  restoreWatches(platform);
}
