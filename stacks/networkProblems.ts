import { cidrProblem, overlaps } from "./cidr.js";
import type { ConfigProblem } from "./configErrors.js";
import type { AddressRanges, Topology } from "./topology.js";

const kinds = ["nodes", "pods", "services"] as const satisfies (keyof AddressRanges)[];

/** A range and what to call it in a message. */
interface NamedRange {
  label: string;
  range: string;
}

/** The ranges that a stack gives, filled up with those of the topology. */
export const rangesOf = (
  given: { [Kind in keyof AddressRanges]?: string | undefined },
  defaults: AddressRanges,
): AddressRanges => ({
  nodes: given.nodes ?? defaults.nodes,
  pods: given.pods ?? defaults.pods,
  services: given.services ?? defaults.services,
});

/** Ranges must differ from one another, within the city and from those of every other city that it talks to. */
export function networkProblems(city: string, ranges: AddressRanges, topology: Topology): ConfigProblem[] {
  const neighbours = Object.entries(topology.cities)
    .filter(([name]) => name !== city)
    .flatMap(([name, { network }]) =>
      kinds.map((kind) => ({ label: `the ${kind} range of ${name}`, range: network[kind] })),
    );
  return kinds.flatMap((kind, index) => {
    const own = kinds
      .slice(0, index)
      .map((other): NamedRange => ({ label: `the ${other} range`, range: ranges[other] }));
    return [...own, ...neighbours]
      .filter((other) => overlap(ranges[kind], other.range))
      .map(({ label, range }) => ({
        path: `nusantara:network.${kind}`,
        message: `"${ranges[kind]}" overlaps ${label}, "${range}"; choose a range of its own`,
      }));
  });
}

/** Callers of a city's API must not have addresses of a city: they would never get its answers. */
export const callerProblems = (
  callers: readonly string[],
  city: string,
  ranges: AddressRanges,
  topology: Topology,
): ConfigProblem[] => {
  const networks = Object.entries(topology.cities).map(
    ([name, { network }]) => [name, name === city ? ranges : network] as const,
  );
  return callers.flatMap((caller, index) =>
    networks.flatMap(([name, network]) =>
      kinds
        .filter((kind) => overlap(caller, network[kind]))
        .map((kind) => ({
          path: `nusantara:cluster.privateAccessCidrs.${index}`,
          message: `"${caller}" overlaps the ${kind} range of ${name}, "${network[kind]}"; name the ranges of your VPN`,
        })),
    ),
  );
};

/** Whether both are usable ranges that share an address; an unusable one is reported elsewhere. */
const overlap = (left: string, right: string): boolean =>
  cidrProblem(left) === undefined && cidrProblem(right) === undefined && overlaps(left, right);
