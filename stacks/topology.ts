/** The three address ranges of a city, in CIDR notation. */
export interface AddressRanges {
  /** VPC: nodes and load balancers. */
  nodes: string;
  pods: string;
  services: string;
}

/** What is fixed about a city, whatever it runs on. */
export interface CityTopology {
  /** Writes go to the primary; branches read (M7). */
  role: "primary" | "branch";
  network: AddressRanges;
  /** The city that serves this one's users when it is lost (M5, M12). */
  failsOverTo: string;
  /** Where it stands, in degrees, for users to be sent to the nearest city (M7). */
  location?: { latitude: number; longitude: number };
}

/** Cities and what connects them. */
export interface Topology {
  /**
   * By name, in the order of first creation: the first one makes what all of them share, and no stack reads an output
   * of one that comes later.
   */
  cities: Readonly<Record<string, CityTopology>>;
  /** Budget of the link of each city to the others, in megabits a second (M18). */
  linkBudgetMegabits: { database: number; application: number };
  /** Zone of the names between cities. */
  privateZone: string;
  /** Zone of the public names; the API is `api.` in it. */
  publicZone: string;
}

/** The cities of the design, with the address plan of M3. */
export const nusantara = {
  cities: {
    jakarta: {
      role: "primary",
      network: { nodes: "10.11.0.0/16", pods: "10.10.0.0/16", services: "10.110.0.0/16" },
      failsOverTo: "bandung",
      location: { latitude: -6.2, longitude: 106.82 },
    },
    bandung: {
      role: "branch",
      network: { nodes: "10.21.0.0/16", pods: "10.20.0.0/16", services: "10.120.0.0/16" },
      failsOverTo: "jakarta",
      location: { latitude: -6.91, longitude: 107.61 },
    },
    surabaya: {
      role: "branch",
      network: { nodes: "10.31.0.0/16", pods: "10.30.0.0/16", services: "10.130.0.0/16" },
      failsOverTo: "jakarta",
      location: { latitude: -7.25, longitude: 112.75 },
    },
  },
  linkBudgetMegabits: { database: 50, application: 10 },
  privateZone: "nusantara.internal",
  publicZone: "nusantaramart.co.id",
} as const satisfies Topology;

/**
 * TCP ports of the data tier, whose traffic between cities has a budget of its own (M18): the pooler, PostgreSQL, etcd's
 * clients and peers, Patroni's REST API, pgBackRest, and the S3 interface that backups and WAL go to.
 */
export const databasePorts = [2379, 2380, 5432, 6432, 7480, 8008, 8432] as const;

/** Port of the local platform's S3 interface, which stands within the cities. On EKS backups go to Amazon's. */
const localStoragePort = 7480;

/** The ports of the data tier that pods of one city on EKS call in another one. */
export const databasePortsOnEks: readonly number[] = databasePorts.filter((port) => port !== localStoragePort);

/** Names of the cities, in the order of first creation. */
export const cityNames = (topology: Topology): string[] => Object.keys(topology.cities);

/** The city that makes what all of them share. */
export function firstCity(topology: Topology): string {
  const [first] = cityNames(topology);
  if (first === undefined) throw new Error("a topology needs at least one city");
  return first;
}

/** A name in the private zone of what serves a city, e.g. `api.jakarta.nusantara.internal`. */
export const privateHost = (topology: Topology, service: string, city: string): string =>
  `${service}.${city}.${topology.privateZone}`;

/** The public name of the API, the same for every user (M5). */
export const apiHost = (topology: Topology): string => `api.${topology.publicZone}`;

/** The public name for reads, which the nearest city answers to (M7). */
export const readHost = (topology: Topology): string => `read.${topology.publicZone}`;

/** The public name of one city's own entry point. */
export const ingressHost = (topology: Topology, city: string): string => `api.${city}.${topology.publicZone}`;
