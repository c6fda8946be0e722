import { existsSync, readdirSync, rmSync } from "node:fs";
import { nodeNamespace } from "../network/names.js";
import { removeNamespaces } from "../network/namespaces.js";
import type { Platform } from "../platform.js";
import { removeCityServices } from "./cityServices.js";
import {
  machinesDirectory,
  nodeDirectory,
  nodeGroup,
  objectStorageDirectory,
  volumesDirectory,
} from "./directories.js";

/** Names of the real nodes of a city that were set up, running or not. */
export function nodesOf(platform: Platform, city: string): string[] {
  const directory = machinesDirectory(platform, city);
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

/** Ends a node and removes everything of it but the volumes, which belong to its zone. */
export async function removeNode(platform: Platform, city: string, name: string): Promise<void> {
  const group = nodeGroup(platform, name);
  await group.kill();
  await group.remove();
  await removeNamespaces(platform, [nodeNamespace(platform, name)]);
  rmSync(nodeDirectory(platform, city, name), { recursive: true, force: true });
}

/**
 * Ends the nodes of a city and what serves them, and removes both with everything they kept: a control plane that is made
 * anew knows none of the volumes, and a database does not begin beside the backups of another.
 */
export async function removeMachines(platform: Platform, city: string): Promise<void> {
  await removeCityServices(platform, city);
  await Promise.all(nodesOf(platform, city).map((name) => removeNode(platform, city, name)));
  for (const kept of [machinesDirectory, volumesDirectory, objectStorageDirectory])
    rmSync(kept(platform, city), { recursive: true, force: true });
}
