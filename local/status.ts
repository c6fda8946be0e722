import { cityNames, nusantara } from "../stacks/topology.js";
import { clusterState, components, deadComponents, type ClusterState } from "./controlPlane.js";
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

/** What a city that was brought up still lacks, a line each; none where it lacks nothing. */
export function lacksOf(platform: Platform, { city, state, storage, nodes, workloads }: CityStatus): string[] {
  if (state !== "running") return [`${city}: ${lackOfControlPlane(platform, city, state)}`];
  const { nodePools, nusantaraMart } = localConfig(platform, city);
  const wantedNodes = Object.values(nodePools).reduce((sum, { count }) => sum + count, 0);
  const names = workloads.map(({ metadata }) => metadata.name);
  return [
    ...(storage === false ? ["its object storage is stopped"] : []),
    ...(nodes.length < wantedNodes ? [`${nodes.length} of ${wantedNodes} nodes are there`] : []),
    ...Object.keys(nusantaraMart.services)
      .filter((service) => !names.includes(service))
      .map((service) => `${service} is not there`),
    ...unready([...nodes, ...workloads]).map(({ object, lack }) => `${object} ${lack}`),
  ].map((lack) => `${city}: ${lack}`);
}

function lackOfControlPlane(platform: Platform, city: string, state: ClusterState): string {
  const dead = deadComponents(platform, city);
  if (state === "absent" || dead.length === components.length) return `its control plane is ${state}`;
  return dead.length === 0
    ? "its control plane runs but does not answer"
    : `of its control plane, ${dead.join(" and ")} ${dead.length === 1 ? "does" : "do"} not run`;
}
