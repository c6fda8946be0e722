import { databaseProblems as problemsOfSettings, type DatabaseSettings } from "../components/postgres/index.js";
import type { ConfigProblem } from "./configErrors.js";
import type { NodePool } from "./configSchema.js";

/** Where the settings of the data tier stand in a stack's file, by a pattern of their path. */
const keys: readonly (readonly [pattern: RegExp, key: string])[] = [
  [/^sets\.(core|reporting)\.(cpu|memory)$/, "database.$1.resources.limits.$2"],
  [/^sets\.(core|reporting)\.volume$/, "database.$1.volume"],
  [/^databaseNodes\..*/, "nodePools"],
  [/^maximumLagOnFailover$/, "database.maximumLag"],
  [/^poolersPerCity$/, "database.entryPoints.replicas"],
  [/^/, "database."],
];

function pathOf(path: string): string {
  const [pattern, key] = keys.find(([each]) => each.test(path)) ?? [/^/, ""];
  return `nusantara:${path.replace(pattern, key)}`;
}

/** What the data tier can't work with, at the places of the configuration that say so. */
export function databaseConfigProblems(
  city: string,
  settings: DatabaseSettings,
  nodePools: Readonly<Record<string, NodePool>>,
): ConfigProblem[] {
  const pools = Object.values(nodePools);
  const dedicated = pools.filter(({ dedicatedTo }) => dedicatedTo === "database");
  // On a cluster without pools every node will do, and nobody knows here how many there are.
  const databaseNodes = pools.length === 0 ? {} : { [city]: dedicated.reduce((sum, { count }) => sum + count, 0) };
  return problemsOfSettings({ ...settings, databaseNodes }).map(({ path, message }) => ({
    path: pathOf(path),
    message: path.startsWith("databaseNodes.") ? `the count of pools with dedicatedTo: database ${message}` : message,
  }));
}
