import { cityNames, nusantara } from "../stacks/topology.js";
import { clusterState, type ClusterState } from "./clusters.js";
import { Kubectl } from "./kubectl.js";
import { isObjectStorageUp } from "./machines/objectStorage.js";
import { isCut } from "./network/links.js";
import { hasNetwork } from "./network/namespaces.js";
import type { Platform } from "./platform.js";
import { unready } from "./readiness.js";
import type { Manifest } from "./render/manifests.js";
import { localConfig } from "./stack.js";

/** What runs in one city. */
export interface CityStatus {
  city: string;
  state: ClusterState;
  /** Whether it is cut off from the others; undefined where nodes are simulated. */
  cut?: boolean | undefined;
  /** Whether its object storage runs; undefined where nodes are simulated. */
  storage?: boolean | undefined;
  nodes: Manifest[];
  /** Deployments and StatefulSets. */
  workloads: Manifest[];
  cronJobs: Manifest[];
  autoscalers: Manifest[];
}

export async function statusOf(platform: Platform, city: string): Promise<CityStatus> {
  const state = await clusterState(platform, city);
  if (state !== "running") return { city, state, nodes: [], workloads: [], cronJobs: [], autoscalers: [] };
  const kubectl = new Kubectl(platform, city);
  const objects = await kubectl.list([
    "nodes,deployments,statefulsets,cronjobs,horizontalpodautoscalers",
    "--all-namespaces",
  ]);
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  return {
    city,
    state,
    cut: await isCut(platform, city),
    storage: hasNetwork(platform, city) ? await isObjectStorageUp(platform, city) : undefined,
    nodes: ofKind("Node"),
    workloads: [...ofKind("Deployment"), ...ofKind("StatefulSet")],
    cronJobs: ofKind("CronJob"),
    autoscalers: ofKind("HorizontalPodAutoscaler"),
  };
}

export const allStatuses = (platform: Platform): Promise<CityStatus[]> =>
  Promise.all(cityNames(nusantara).map((city) => statusOf(platform, city)));

/** Whether everything that a city is configured to have is there and ready. */
function isComplete(platform: Platform, { city, state, storage, nodes, workloads }: CityStatus): boolean {
  if (state !== "running" || storage === false || unready([...nodes, ...workloads]).length > 0) return false;
  const { nodePools, nusantaraMart } = localConfig(platform, city);
  const wantedNodes = Object.values(nodePools).reduce((sum, { count }) => sum + count, 0);
  const names = workloads.map(({ metadata }) => metadata.name);
  return nodes.length >= wantedNodes && Object.keys(nusantaraMart.services).every((service) => names.includes(service));
}

/** Whether something was brought up, and all of it is as it should be. */
export function isHealthy(platform: Platform, statuses: readonly CityStatus[]): boolean {
  const present = statuses.filter(({ state }) => state !== "absent");
  return present.length > 0 && present.every((status) => isComplete(platform, status));
}
