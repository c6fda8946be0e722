import { bytes, millicores } from "../components/kubernetes/index.js";
import type { DatabaseSettings } from "../components/postgres/index.js";
import type { CityConfig } from "./config.js";
import type { DatabaseConfig } from "./configSchema.js";
import { databaseRoles } from "./databaseRoles.js";
import { cityNames } from "./topology.js";

/** What the configuration of the database follows from. Every city must come to the same result. */
export function databaseSettings({
  topology,
  city,
  network,
  database,
}: Pick<CityConfig, "topology" | "city" | "network" | "database">): DatabaseSettings {
  const member = ({ resources, volume }: DatabaseConfig["core"]) => ({
    memory: bytes(resources.limits.memory),
    cpu: millicores(resources.limits.cpu) / 1000,
    volume: bytes(volume),
  });
  return {
    topology: {
      cities: cityNames(topology).map((name) => ({
        name,
        pods: name === city ? network.pods : (topology.cities[name]?.network.pods ?? ""),
      })),
      privateZone: topology.privateZone,
    },
    sets: { core: member(database.core), reporting: member(database.reporting) },
    linkMegabits: topology.linkBudgetMegabits.database,
    commit: database.commit,
    timers: database.timers,
    applications: databaseRoles.length,
    poolersPerCity: database.entryPoints.replicas,
    ...(database.maximumLag !== undefined && { maximumLagOnFailover: bytes(database.maximumLag) }),
  };
}
