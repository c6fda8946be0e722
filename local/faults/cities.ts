import { restartCluster } from "../clusters.js";
import { UserError } from "../errors.js";
import { ensureCityServices } from "../machines/cityServices.js";
import { nodesOf } from "../machines/city.js";
import { cityGroup, controlPlaneGroup } from "../machines/directories.js";
import { cutCity, healCity, isCut } from "../network/links.js";
import { hasNetwork } from "../network/namespaces.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { suggestion } from "../../stacks/configErrors.js";
import { recordedNodeKind, type Platform } from "../platform.js";
import { localConfig } from "../stack.js";
import { killNode, pauseNode, switchOn } from "./nodes.js";

/** @throws UserError when a city is not up with real nodes: a simulated one has nothing that could break. */
export function requireRealCity(platform: Platform, city: string): void {
  const all = cityNames(nusantara);
  if (!all.includes(city))
    throw new UserError(`"${city}" is no city${suggestion(city, all)}`, `there are ${all.join(", ")}`);
  if (recordedNodeKind(platform) === "real" && hasNetwork(platform, city)) return;
  throw new UserError(`${city} is not up with real nodes`, "make up NODES=real");
}

/** Cuts all links of a city to the others. Packets vanish and nobody is told. */
export async function cut(platform: Platform, city: string): Promise<void> {
  requireRealCity(platform, city);
  await cutCity(platform, city);
}

/** Joins a city to the others again. */
export async function heal(platform: Platform, city: string): Promise<void> {
  requireRealCity(platform, city);
  await healCity(platform, city);
}

/** Which of the cities that are up with real nodes are cut off. */
export async function links(platform: Platform): Promise<{ city: string; cut: boolean }[]> {
  const states = await Promise.all(
    cityNames(nusantara).map(async (city) => ({ city, cut: await isCut(platform, city) })),
  );
  return states.flatMap(({ city, cut: is }) => (is === undefined ? [] : [{ city, cut: is }]));
}

/**
 * Takes a whole city from the world in one moment: links, nodes, control plane and what stands beside it, its object
 * storage included, as a power failure would. What is on its disks stays, and so do its names, which nobody takes back.
 */
export async function killCity(platform: Platform, city: string): Promise<void> {
  requireRealCity(platform, city);
  const nodes = nodesOf(platform, city);
  // Before the links go: a city without power acknowledges nothing that the others have not heard of.
  for (const name of nodes) pauseNode(platform, name);
  await cutCity(platform, city);
  await Promise.all([
    ...[controlPlaneGroup, cityGroup].map((groupOf) => groupOf(platform, city).kill()),
    ...nodes.map((name) => killNode(platform, name)),
  ]);
}

/** Brings a killed city back: control plane, what stands beside it, nodes and links. Returns before its pods are ready. */
export async function startCity(platform: Platform, city: string): Promise<void> {
  requireRealCity(platform, city);
  const config = localConfig(platform, city);
  await restartCluster(platform, config, "real");
  await ensureCityServices(platform, config);
  await Promise.all(nodesOf(platform, city).map((name) => switchOn(platform, name)));
  await healCity(platform, city);
}
