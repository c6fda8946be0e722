import { createHash } from "node:crypto";
import { cityNames, nusantara } from "../../stacks/topology.js";
import type { Platform } from "../platform.js";

/**
 * What everything of one platform that has a name in the kernel begins with. Two platforms on a machine, each in a
 * directory of its own, never meet.
 */
export const kernelName = (platform: Platform): string =>
  `nusantara-${createHash("sha256").update(platform.directory).digest("hex").slice(0, 8)}`;

/** Network namespace of a city: its router, its load balancer and its control plane. */
export const cityNamespace = (platform: Platform, city: string): string => `${kernelName(platform)}-${city}`;

/** Network namespace of a node, whose name begins with its city's. */
export const nodeNamespace = (platform: Platform, node: string): string => `${kernelName(platform)}-node-${node}`;

/** Where `ip netns` keeps its namespaces. */
export const namespaceDirectory = "/run/netns";
export const namespacePath = (name: string): string => `${namespaceDirectory}/${name}`;

const indexOf = (city: string): number => cityNames(nusantara).indexOf(city);

/** The interface in a city's namespace that leads to another city. The kernel takes fifteen characters at most. */
export const linkTo = (city: string): string => `link-${indexOf(city)}`;

/** Bridge in a city's namespace that its nodes are plugged into. */
export const nodeBridge = "nodes";

/** A link between two cities, once for each pair. */
export interface CityPair {
  cities: readonly [string, string];
  /** Addresses of its two ends, in the order of `cities`, with their prefix. */
  addresses: readonly [string, string];
}

/** Every pair of some cities. The ends have link-local addresses (RFC 3927): nobody but the two routers sees them. */
export function cityPairs(cities: readonly string[]): CityPair[] {
  return cities.flatMap((left, position) =>
    cities.slice(position + 1).map((right): CityPair => {
      const third = indexOf(left) * 16 + indexOf(right);
      return { cities: [left, right], addresses: [`169.254.${third}.1/30`, `169.254.${third}.2/30`] };
    }),
  );
}
