import Table from "cli-table3";
import { formatBytes, formatMillicores } from "../components/kubernetes/index.js";
import type { CityConfig } from "../stacks/config.js";
import { plainTable } from "./tables.js";

const cores = (millicores: number): string => (millicores / 1000).toFixed(1);
const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/** How a city carries the planned load alone (M17), in two tables. */
export function capacityTable({ city, capacity, capacityReport, nusantaraMart }: CityConfig): string {
  const { requestsPerSecond, services, pools } = capacityReport;
  const headroom = Math.round(capacity.headroom * 100);
  const byService = new Table({
    head: ["service", "nodes", "requests/s", "least", "needed", "CPU each", "memory each"],
    ...plainTable,
  });
  for (const need of services) {
    const minimum = Object.entries(nusantaraMart.services).find(([name]) => name === need.service)?.[1].replicas;
    byService.push([
      need.service,
      need.nodeClass,
      Math.round(need.requestsPerSecond),
      minimum ?? need.replicas,
      need.replicas,
      formatMillicores(need.cpu),
      formatBytes(need.memory),
    ]);
  }
  const byPool = new Table({
    head: ["nodes", "count", "CPUs needed", "memory needed", "fits", "with one node down"],
    ...plainTable,
  });
  for (const pool of pools) {
    byPool.push([
      pool.nodeClass,
      pool.nodes,
      `${cores(pool.cpu.needed)} of ${cores(pool.cpu.offered)}`,
      `${gibibytes(pool.memory.needed)} of ${gibibytes(pool.memory.offered)} GiB`,
      pool.fits ? "yes" : `no, ${pool.nodesNeeded} would`,
      `${pool.requestsPerSecondWithOneNodeDown} requests/s`,
    ]);
  }
  return [
    `Capacity of ${city} when it must carry everything: ${requestsPerSecond} requests/s ` +
      `(${capacity.peakRequestsPerSecond} + ${headroom} %), one replica more of each service during a roll-out.`,
    byService.toString(),
    byPool.toString(),
    "CPU per request and traffic shares are planning figures (stacks/systems/nusantaraMart/catalogue.ts), not measurements.",
  ].join("\n");
}
