import {
  databaseProblems as problemsOfSettings,
  membersPerSet,
  type DatabaseSettings,
} from "../components/postgres/index.js";
import { sidecar, sidecars } from "../components/postgres/index.js";
import { bytes, formatBytes, formatMillicores, millicores } from "../components/kubernetes/index.js";
import { fits, roomOf, type ServiceNeed } from "./capacity.js";
import type { ConfigProblem } from "./configErrors.js";
import type { DatabaseConfig, NodePool } from "./configSchema.js";

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
  database: DatabaseConfig,
  nodePools: Readonly<Record<string, NodePool>>,
): ConfigProblem[] {
  const pools = Object.values(nodePools);
  const dedicated = pools.filter(({ dedicatedTo }) => dedicatedTo === "database");
  // On a cluster without pools every node will do, and nobody knows here how many there are.
  const databaseNodes = pools.length === 0 ? {} : { [city]: dedicated.reduce((sum, { count }) => sum + count, 0) };
  const problems = problemsOfSettings({
    ...settings,
    databaseNodes,
    etcdVolume: bytes(database.etcd.volume),
    ...(database.data !== undefined && { data: bytes(database.data) }),
  });
  const [first] = dedicated;
  const tooFew = problems.some(({ path }) => path.startsWith("databaseNodes."));
  return [
    ...problems.map(({ path, message }) => ({
      path: pathOf(path),
      message: path.startsWith("databaseNodes.") ? `the count of pools with dedicatedTo: database ${message}` : message,
    })),
    ...(first && !tooFew ? placementProblems(database, first, dedicated) : []),
  ];
}

/** Pods that are larger than a node for databases, or all of them together larger than all such nodes. */
function placementProblems(
  database: DatabaseConfig,
  { class: nodeClass }: NodePool,
  dedicated: readonly NodePool[],
): ConfigProblem[] {
  const room = roomOf(nodeClass);
  const podOf = (part: "core" | "reporting" | "etcd") => {
    const { requests } = database[part].resources;
    const beside = part === "etcd" ? 0 : sidecars;
    return {
      cpu: millicores(requests.cpu) + beside * millicores(sidecar.requests.cpu),
      memory: bytes(requests.memory) + beside * bytes(sidecar.requests.memory),
    };
  };
  const parts = (["core", "reporting", "etcd"] as const).map((part) => ({ part, ...podOf(part) }));
  const words = { cpu: formatMillicores, memory: formatBytes };
  const tooLarge = parts.flatMap(({ part, ...pod }) =>
    (["cpu", "memory"] as const)
      .filter((key) => pod[key] > room[key])
      .map((key) => ({
        path: `nusantara:database.${part}.resources.requests.${key}`,
        message:
          `makes a pod of ${words[key](pod[key])} with what runs beside it, and a node of class "${nodeClass}" has ` +
          `${words[key](room[key])}; lower it, or give the databases larger nodes`,
      })),
  );
  if (tooLarge.length > 0) return tooLarge;
  // Pods find their nodes by class alone (placement.ts).
  const nodes = dedicated.reduce((sum, pool) => sum + (pool.class === nodeClass ? pool.count : 0), 0);
  const needs = parts.map(({ part, cpu, memory }): ServiceNeed => ({
    service: part,
    nodeClass,
    requestsPerSecond: 0,
    replicas: part === "etcd" ? 1 : membersPerSet,
    cpu,
    memory,
  }));
  if (fits(needs, nodeClass, nodes, 0)) return [];
  const total = (key: "cpu" | "memory") => needs.reduce((sum, need) => sum + need.replicas * need[key], 0);
  return [
    {
      path: "nusantara:nodePools",
      message:
        `${nodes} nodes of class "${nodeClass}" with dedicatedTo: database can't hold the members, two of a set on ` +
        `different nodes, and the vote: these request ${formatMillicores(total("cpu"))} and ${formatBytes(total("memory"))} ` +
        `together, and a node has ${formatMillicores(room.cpu)} and ${formatBytes(room.memory)}; add nodes, or lower ` +
        "nusantara:database.core.resources.requests or reporting's",
    },
  ];
}
