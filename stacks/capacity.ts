import { bytes, defaultCpuPercent, millicores } from "../components/kubernetes/index.js";
import type { Resources } from "../components/workload/index.js";
import { allocatable, nodeClasses, type NodeClass } from "./nodeClasses.js";

/** Load that each city must be able to carry alone (M17). */
export interface Load {
  /** Highest number of requests a second that is expected of all users together. */
  peakRequestsPerSecond: number;
  /** Room above the peak, as a fraction: 0.5 is 50 %. */
  headroom: number;
}

/** What capacity needs to know about a service. */
export interface ServiceDemand {
  nodeClass: NodeClass;
  resources: Resources;
  cpuMillisecondsPerRequest: number;
  requestsPerGatewayRequest: number;
  /** The least number of replicas. */
  minimum: number;
}

/** Replicas and resources that one service needs at a given load. */
export interface ServiceNeed {
  service: string;
  nodeClass: NodeClass;
  requestsPerSecond: number;
  replicas: number;
  /** Millicores of one replica. */
  cpu: number;
  /** Bytes of one replica. */
  memory: number;
}

/** How far a pool gets with what it must hold. */
export interface PoolFit {
  nodeClass: NodeClass;
  nodes: number;
  /** Millicores: what the replicas request, and what the nodes offer to workloads. */
  cpu: { needed: number; offered: number };
  /** Bytes. */
  memory: { needed: number; offered: number };
  fits: boolean;
  /** The smallest number of nodes that would do. */
  nodesNeeded: number;
  /** Load that the pool carries with one node down, in gateway requests a second. */
  requestsPerSecondWithOneNodeDown: number;
}

/** The calculation for one city. */
export interface CapacityReport {
  /** Gateway requests a second: the peak with its headroom. */
  requestsPerSecond: number;
  services: ServiceNeed[];
  pools: PoolFit[];
}

/** Kept free on every node for DaemonSets and add-ons: 500 millicores and 512 MiB, this project's own choice. */
export const systemReserve = { cpu: 500, memory: 512 * 2 ** 20 } as const;

/** A roll-out starts one replica more of a service; it must find room at peak load too. */
const surge = 1;

/** The load that is planned for: 3000 RPS with 50 % headroom is 4500. */
export const plannedLoad = ({ peakRequestsPerSecond, headroom }: Load): number =>
  Math.ceil(peakRequestsPerSecond * (1 + headroom));

/** Replicas that keep mean CPU use at the autoscaler's target under the load; never below the minimum. */
export function requiredReplicas(demand: ServiceDemand, gatewayRequestsPerSecond: number): number {
  const cpu = gatewayRequestsPerSecond * demand.requestsPerGatewayRequest * demand.cpuMillisecondsPerRequest;
  const usable = millicores(demand.resources.requests.cpu) * (defaultCpuPercent / 100);
  // Ten digits: the load's floating-point dust must not cost a replica.
  return Math.max(demand.minimum, Math.ceil(Number((cpu / usable).toPrecision(10))));
}

/** What every service needs at a load, by name. */
export function needs(demands: Readonly<Record<string, ServiceDemand>>, requestsPerSecond: number): ServiceNeed[] {
  return Object.entries(demands).map(([service, demand]) => ({
    service,
    nodeClass: demand.nodeClass,
    requestsPerSecond: requestsPerSecond * demand.requestsPerGatewayRequest,
    replicas: requiredReplicas(demand, requestsPerSecond),
    cpu: millicores(demand.resources.requests.cpu),
    memory: bytes(demand.resources.requests.memory),
  }));
}

interface Node {
  cpu: number;
  memory: number;
  pods: number;
}

/** A node's room for workloads: allocatable less the reserve for the system. In millicores, bytes and pods. */
export function roomOf(nodeClass: NodeClass): Node {
  const { cpu, memory, pods } = allocatable(nodeClasses[nodeClass]);
  return { cpu: cpu - systemReserve.cpu, memory: memory - systemReserve.memory, pods };
}

/**
 * Whether the replicas, and `extra` of each service, fit on a number of equal nodes when each service is spread with a
 * skew of at most one, as the scheduler must spread them.
 */
export function fits(
  pool: readonly ServiceNeed[],
  nodeClass: NodeClass,
  nodeCount: number,
  extra: number = surge,
): boolean {
  if (nodeCount < 1) return pool.length === 0;
  const nodes = Array.from({ length: nodeCount }, () => roomOf(nodeClass));
  const largestFirst = [...pool].sort((a, b) => b.cpu - a.cpu || b.memory - a.memory);
  for (const { replicas, cpu, memory } of largestFirst) {
    const placed = new Map<Node, number>();
    for (let replica = 0; replica < replicas + extra; replica++) {
      const target = nodes
        .filter((node) => node.cpu >= cpu && node.memory >= memory && node.pods >= 1)
        .sort((a, b) => (placed.get(a) ?? 0) - (placed.get(b) ?? 0) || b.cpu - a.cpu)[0];
      if (!target) return false;
      const fewest = Math.min(...nodes.map((node) => placed.get(node) ?? 0));
      if ((placed.get(target) ?? 0) > fewest) return false;
      target.cpu -= cpu;
      target.memory -= memory;
      target.pods -= 1;
      placed.set(target, (placed.get(target) ?? 0) + 1);
    }
  }
  return true;
}

/** More nodes than any pool may have (configSchema.ts). */
const mostNodes = 500;

/** The smallest number of nodes that holds the pool, or `mostNodes` when none does. */
function smallestFittingCount(pool: readonly ServiceNeed[], nodeClass: NodeClass): number {
  let [low, high] = [1, mostNodes];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(pool, nodeClass, middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The highest load, in whole gateway requests a second up to `limit`, at which the services fit on the nodes. */
function highestLoad(
  demands: Readonly<Record<string, ServiceDemand>>,
  nodeClass: NodeClass,
  nodes: number,
  limit: number,
): number {
  const ofClass = (load: number) => needs(demands, load).filter((need) => need.nodeClass === nodeClass);
  let [low, high] = [0, limit];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(ofClass(middle), nodeClass, nodes)) low = middle;
    else high = middle - 1;
  }
  return fits(ofClass(low), nodeClass, nodes) ? low : 0;
}

/**
 * Whether a city can carry the whole planned load alone. How users are divided between the cities is not known, and
 * when a city is lost its users go to one other; so each city is planned for all of them.
 */
export function capacityReport(
  demands: Readonly<Record<string, ServiceDemand>>,
  nodesByClass: Readonly<Partial<Record<NodeClass, number>>>,
  load: Load,
): CapacityReport {
  const requestsPerSecond = plannedLoad(load);
  const services = needs(demands, requestsPerSecond);
  const classes = [...new Set(services.map(({ nodeClass }) => nodeClass))];
  const pools = classes.map((nodeClass): PoolFit => {
    const pool = services.filter((need) => need.nodeClass === nodeClass);
    const nodes = nodesByClass[nodeClass] ?? 0;
    const room = roomOf(nodeClass);
    const total = (key: "cpu" | "memory") => pool.reduce((sum, need) => sum + need[key] * (need.replicas + surge), 0);
    return {
      nodeClass,
      nodes,
      cpu: { needed: total("cpu"), offered: room.cpu * nodes },
      memory: { needed: total("memory"), offered: room.memory * nodes },
      fits: fits(pool, nodeClass, nodes),
      nodesNeeded: smallestFittingCount(pool, nodeClass),
      requestsPerSecondWithOneNodeDown: highestLoad(demands, nodeClass, nodes - 1, requestsPerSecond),
    };
  });
  return { requestsPerSecond, services, pools };
}
