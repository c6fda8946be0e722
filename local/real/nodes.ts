import { setTimeout as sleep } from "node:timers/promises";
import type { BuiltImage } from "../../images/builder/index.js";
import type { CityConfig } from "../../stacks/config.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { UserError } from "../errors.js";
import type { Kubectl } from "../kubectl.js";
import { nodesOf, removeNode } from "../machines/city.js";
import { platformGroup } from "../machines/directories.js";
import { ensureNode, type RealNode } from "../machines/node.js";
import { allowWatches } from "../machines/watches.js";
import { processorWeights } from "../machines/weights.js";
import { nodeAddress } from "../network/addresses.js";
import { ensureLinks } from "../network/links.js";
import { ensureCityNetwork, hasNetwork } from "../network/namespaces.js";
import type { PlannedNode } from "../nodes/pools.js";
import type { Platform } from "../platform.js";
import { localConfig } from "../stack.js";
import { imageNamed, ownImages } from "./images.js";

/** Networks of some cities, and links between them and to those that are up already. */
export async function connectCities(platform: Platform, configs: readonly CityConfig[]): Promise<void> {
  allowWatches(platform);
  platformGroup(platform).create(processorWeights.platform);
  for (const config of configs) await ensureCityNetwork(platform, config);
  const present = cityNames(nusantara).filter((city) => hasNetwork(platform, city));
  await ensureLinks(
    platform,
    present.map((city) => configs.find((config) => config.city === city) ?? localConfig(platform, city)),
  );
}

/** Starts the real ones of a city's nodes, and removes those that it shall not have any more. */
export async function startRealNodes(
  platform: Platform,
  config: CityConfig,
  args: { nodes: readonly PlannedNode[]; kubectl: Kubectl; images: readonly BuiltImage[] },
): Promise<RealNode[]> {
  const { city } = config;
  const wanted = args.nodes.filter(({ kind }) => kind === "real");
  const names = wanted.map(({ name }) => name);
  for (const name of nodesOf(platform, city).filter((each) => !names.includes(each)))
    await removeNode(platform, city, name);
  const ranges = await podRanges(args.kubectl, city, names);
  const pause = imageNamed(args.images, ownImages.pause);
  const nodes = wanted.map(({ name, zone, settings }): RealNode => {
    const pods = ranges.get(name) ?? "";
    return { city, name, zone, class: settings.class, pods, address: nodeAddress(config.network, pods) };
  });
  for (const node of nodes) await ensureNode(platform, config, node, pause.reference);
  return nodes;
}

interface NodeView {
  metadata: { name: string };
  spec?: { podCIDR?: string };
}

/** Seconds that the controller manager gets to give each node a range of pods. */
const patience = 120;

async function podRanges(kubectl: Kubectl, city: string, names: readonly string[]): Promise<Map<string, string>> {
  const end = Date.now() + patience * 1000;
  for (;;) {
    const nodes = (await kubectl.list(["nodes"])) as NodeView[];
    const ranges = new Map(nodes.map(({ metadata, spec }) => [metadata.name, spec?.podCIDR ?? ""]));
    if (names.every((name) => (ranges.get(name) ?? "") !== "")) return ranges;
    if (Date.now() >= end) {
      throw new UserError(
        `nodes of ${city} have no range of pods after ${patience} s`,
        "widen nusantara:network in the overlay if the range of the pods is used up, then run it again",
      );
    }
    await sleep(200);
  }
}
