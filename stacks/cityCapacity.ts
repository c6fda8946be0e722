import { capacityReport, systemReserve, type Load, type PoolFit, type ServiceDemand } from "./capacity.js";
import type { ConfigProblem } from "./configErrors.js";
import type { DatabaseConfig, NodePool, ParsedConfig, ServiceConfig } from "./configSchema.js";
import { allocatable, nodeClasses, type NodeClass } from "./nodeClasses.js";
import { serviceNames, services, type ServiceProfile } from "./systems/nusantaraMart/catalogue.js";
import { bytes, formatBytes, formatMillicores, millicores } from "../components/kubernetes/index.js";
import { entryPointContainers, restoreResources } from "../components/postgres/index.js";
import type { Resources } from "../components/workload/index.js";

type Services = ParsedConfig["nusantaraMart"]["services"];
type Pools = Readonly<Record<string, NodePool>>;

/** The demand of the services that a stack runs. */
export function demandsOf(configured: Services): Record<string, ServiceDemand> {
  const entries = serviceNames.flatMap((name): [string, ServiceDemand][] => {
    const config: ServiceConfig | undefined = configured[name];
    return config ? [[name, demandOf(services[name], config)]] : [];
  });
  return Object.fromEntries(entries);
}

const demandOf = (profile: ServiceProfile, config: ServiceConfig): ServiceDemand => ({
  ...profile,
  resources: config.resources ?? profile.resources,
  minimum: config.replicas,
});

/** Nodes of each class over all pools that are not kept for something else. */
export function nodesByClass(pools: Pools): Partial<Record<NodeClass, number>> {
  const sums: Partial<Record<NodeClass, number>> = {};
  for (const { class: nodeClass, count, dedicatedTo } of Object.values(pools)) {
    if (dedicatedTo === undefined) sums[nodeClass] = (sums[nodeClass] ?? 0) + count;
  }
  return sums;
}

/** What of the database runs on the nodes of the services. It does not grow with the load. */
export function databaseDemands({ enabled, entryPoints }: DatabaseConfig): Record<string, ServiceDemand> {
  if (!enabled) return {};
  const fixed = { nodeClass: "medium", cpuMillisecondsPerRequest: 0, requestsPerGatewayRequest: 0 } as const;
  return {
    "entry-points": { ...fixed, resources: together(entryPointContainers(entryPoints)), minimum: entryPoints.replicas },
    // The weekly drill; the one more that every service is given is the restore of a person.
    "restore-drill": { ...fixed, resources: restoreResources, minimum: 1 },
  };
}

/** What containers of one pod have together. */
function together(containers: readonly Resources[]): Resources {
  const sum = (kind: "requests" | "limits") => ({
    cpu: formatMillicores(containers.reduce((total, each) => total + millicores(each[kind].cpu), 0)),
    memory: formatBytes(containers.reduce((total, each) => total + bytes(each[kind].memory), 0)),
  });
  return { requests: sum("requests"), limits: sum("limits") };
}

/** Pools that are too small for their workloads, and services that no node could ever hold. */
export function capacityProblems(
  pools: Pools,
  configured: Services,
  load: Load,
  database: Record<string, ServiceDemand> = {},
): ConfigProblem[] {
  if (Object.keys(pools).length === 0) return [];
  const demands = { ...demandsOf(configured), ...database };
  const tooBig = Object.entries(demands).flatMap(([name, demand]) => neverFits(name, demand));
  const capped = cappedBelowNeed(configured, demands, load);
  if (tooBig.length > 0) return [...tooBig, ...capped];
  const report = capacityReport(demands, nodesByClass(pools), load);
  return [
    ...capped,
    ...report.pools
      .filter(({ fits }) => !fits)
      .map((pool) => ({ path: poolPath(pool, pools), message: tooSmall(pool, report.requestsPerSecond, load) })),
    ...report.pools.filter(({ fits }) => fits).flatMap((pool) => singleHost(pool, pools, demands)),
  ];
}

function neverFits(name: string, { nodeClass, resources }: ServiceDemand): ConfigProblem[] {
  const node = allocatable(nodeClasses[nodeClass]);
  const requested = { cpu: millicores(resources.requests.cpu), memory: bytes(resources.requests.memory) };
  return (["cpu", "memory"] as const)
    .filter((key) => requested[key] > node[key] - systemReserve[key])
    .map((key) => ({
      path: `nusantara:${requestsPath(name)}.${key}`,
      message: `${resources.requests[key]} is more than a node of class "${nodeClass}" has for one pod`,
    }));
}

const requestsPath = (name: string): string =>
  name === "entry-points" ? "database.entryPoints" : `nusantaraMart.services.${name}.resources.requests`;

function cappedBelowNeed(configured: Services, demands: Record<string, ServiceDemand>, load: Load): ConfigProblem[] {
  const { services: needed, requestsPerSecond } = capacityReport(demands, {}, load);
  return needed.flatMap(({ service, replicas }) => {
    const maximum = configured[service as keyof Services]?.maximumReplicas;
    if (maximum === undefined || maximum >= replicas) return [];
    return [
      {
        path: `nusantara:nusantaraMart.services.${service}.maximumReplicas`,
        message: `${maximum} can't carry ${requestsPerSecond} requests a second; at least ${replicas}`,
      },
    ];
  });
}

/** Main and backup on one host would both go down with it (M16). */
function singleHost(pool: PoolFit, pools: Pools, demands: Record<string, ServiceDemand>): ConfigProblem[] {
  const replicated = Object.entries(demands).find(
    ([, { nodeClass, minimum }]) => nodeClass === pool.nodeClass && minimum > 1,
  );
  if (!replicated || pool.nodes > 1) return [];
  return [
    {
      path: poolPath(pool, pools),
      message: `one node can't keep the replicas of ${replicated[0]} on different hosts; set it to at least 2`,
    },
  ];
}

function poolPath({ nodeClass }: PoolFit, pools: Pools): string {
  const name = Object.entries(pools).find(
    ([, pool]) => pool.class === nodeClass && pool.dedicatedTo === undefined,
  )?.[0];
  return name === undefined ? "nusantara:nodePools" : `nusantara:nodePools.${name}.count`;
}

function tooSmall(pool: PoolFit, requestsPerSecond: number, load: Load): string {
  const { nodeClass, nodes, nodesNeeded } = pool;
  return (
    `${nodes} node${nodes === 1 ? "" : "s"} of class "${nodeClass}" can't hold what ${requestsPerSecond} requests a second ` +
    `(${load.peakRequestsPerSecond} + ${Math.round(load.headroom * 100)} %) need: ${scarcest(pool)}; ` +
    `set it to at least ${nodesNeeded}`
  );
}

/** What the pool runs out of first, as needed and offered. */
function scarcest({ cpu, memory }: PoolFit): string {
  const cores = (value: number) => (value / 1000).toFixed(1);
  const gibibytes = (value: number) => (value / 2 ** 30).toFixed(1);
  return cpu.needed * memory.offered >= memory.needed * cpu.offered
    ? `${cores(cpu.needed)} of ${cores(cpu.offered)} CPUs`
    : `${gibibytes(memory.needed)} of ${gibibytes(memory.offered)} GiB of memory`;
}
