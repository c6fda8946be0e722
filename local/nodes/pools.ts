import type { CityConfig } from "../../stacks/config.js";
import type { NodePool } from "../../stacks/configSchema.js";
import { UserError } from "../errors.js";
import type { NodeKind, Overlay } from "../platform.js";

/** One node that a city is configured to have. */
export interface PlannedNode {
  name: string;
  pool: string;
  settings: NodePool;
  zone: string;
  kind: NodeKind;
}

/** @throws UserError when no real node takes the city's DNS, without which no real pod finds anything. */
export function requireNodeForDns(city: string, nodes: readonly PlannedNode[]): void {
  if (nodes.some(({ kind, settings }) => kind === "real" && settings.dedicatedTo === undefined)) return;
  throw new UserError(
    `${city} has no real node that its DNS may run on`,
    `make at least one node of a pool that is not dedicated real: realNodes.pools in local/cities/${city}.yaml`,
  );
}

/** Zones of a region that nodes are spread over. */
const zoneSuffixes = ["a", "b", "c"] as const;

/** The nodes of every pool of a city. Without an overlay's word on real ones, all are simulated. */
export const plannedNodes = (config: CityConfig, real: Overlay["realNodes"]["pools"] = {}): PlannedNode[] =>
  Object.entries(config.nodePools).flatMap(([pool, settings]) => {
    const wanted = real[pool] ?? 0;
    const realCount = wanted === "all" ? settings.count : wanted;
    return Array.from({ length: settings.count }, (_, index) => ({
      name: `${config.city}-${pool}-${index + 1}`,
      pool,
      settings,
      zone: `${config.region}${zoneSuffixes[index % zoneSuffixes.length]}`,
      kind: index < realCount ? ("real" as const) : ("simulated" as const),
    }));
  });
