import Table from "cli-table3";
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { nodeLabels } from "../components/kubernetes/index.js";
import { cityNames, nusantara } from "../stacks/topology.js";
import { clusterState, type ClusterState } from "./clusters.js";
import { Kubectl } from "./kubectl.js";
import { contextOf, mergedKubeconfig, portsOf, readOverlay, type Platform } from "./platform.js";
import { localConfig } from "./stack.js";
import { plainTable } from "./tables.js";
import { unready } from "./readiness.js";
import type { Manifest } from "./render/manifests.js";

/** What runs in one city. */
export interface CityStatus {
  city: string;
  state: ClusterState;
  nodes: Manifest[];
  deployments: Manifest[];
  autoscalers: Manifest[];
}

export async function statusOf(platform: Platform, city: string): Promise<CityStatus> {
  const state = await clusterState(platform, city);
  if (state !== "running") return { city, state, nodes: [], deployments: [], autoscalers: [] };
  const kubectl = new Kubectl(platform, city);
  const objects = await kubectl.list(["nodes,deployments,horizontalpodautoscalers", "--all-namespaces"]);
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  return {
    city,
    state,
    nodes: ofKind("Node"),
    deployments: ofKind("Deployment"),
    autoscalers: ofKind("HorizontalPodAutoscaler"),
  };
}

export const allStatuses = (platform: Platform): Promise<CityStatus[]> =>
  Promise.all(cityNames(nusantara).map((city) => statusOf(platform, city)));

/** Whether everything that a city is configured to have is there and ready. */
function isComplete(platform: Platform, { city, state, nodes, deployments }: CityStatus): boolean {
  if (state !== "running" || unready([...nodes, ...deployments]).length > 0) return false;
  const { nodePools, nusantaraMart } = localConfig(platform, city);
  const wantedNodes = Object.values(nodePools).reduce((sum, { count }) => sum + count, 0);
  const names = deployments.map(({ metadata }) => metadata.name);
  return nodes.length >= wantedNodes && Object.keys(nusantaraMart.services).every((service) => names.includes(service));
}

/** Whether something was brought up, and all of it is as it should be. */
export function isHealthy(platform: Platform, statuses: readonly CityStatus[]): boolean {
  const present = statuses.filter(({ state }) => state !== "absent");
  return present.length > 0 && present.every((status) => isComplete(platform, status));
}

function pools(nodes: readonly Manifest[]): string {
  const counts = new Map<string, { ready: number; total: number }>();
  for (const node of nodes) {
    const pool = node.metadata.labels?.[nodeLabels.pool] ?? "none";
    const count = counts.get(pool) ?? { ready: 0, total: 0 };
    counts.set(pool, { ready: count.ready + (unready([node]).length === 0 ? 1 : 0), total: count.total + 1 });
  }
  return [...counts].map(([pool, { ready, total }]) => `${pool} ${ready}/${total}`).join(", ");
}

interface DeploymentView {
  spec: { replicas?: number; template: { spec: { containers: { image: string }[] } } };
  status?: { availableReplicas?: number };
}
interface AutoscalerView {
  spec: { minReplicas?: number; maxReplicas: number };
}

/** Tables of the cities and of what runs in them. */
export function statusReport(platform: Platform, statuses: readonly CityStatus[]): string {
  const cities = new Table({ head: ["city", "control plane", "API server", "nodes ready", "context"], ...plainTable });
  for (const { city, state, nodes } of statuses) {
    const running = state === "running";
    cities.push([
      city,
      state,
      running ? `https://127.0.0.1:${portsOf(platform, city).apiServer}` : "",
      pools(nodes),
      running ? contextOf(city) : "",
    ]);
  }
  const services = new Table({ head: ["city", "service", "available", "scales", "image"], ...plainTable });
  for (const status of statuses) services.push(...serviceRows(status));
  const parts = [cities.toString()];
  if (services.length > 0) parts.push(services.toString());
  parts.push(...differences(platform, statuses), ...access(platform));
  return parts.join("\n");
}

function serviceRows({ city, deployments, autoscalers }: CityStatus): string[][] {
  return deployments.map((deployment) => {
    const { spec, status } = deployment as unknown as DeploymentView;
    const { name, namespace } = deployment.metadata;
    const autoscaler = autoscalers.find(
      ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
    ) as unknown as AutoscalerView | undefined;
    return [
      city,
      `${namespace ?? ""}/${name}`,
      `${status?.availableReplicas ?? 0}/${spec.replicas ?? 1}`,
      autoscaler ? `${autoscaler.spec.minReplicas ?? 1} to ${autoscaler.spec.maxReplicas}` : "no",
      spec.template.spec.containers.map(({ image }) => image).join(", "),
    ];
  });
}

/** What these cities differ in from production, each difference once. */
function differences(platform: Platform, statuses: readonly CityStatus[]): string[] {
  const running = statuses.filter(({ state }) => state === "running").map(({ city }) => city);
  const lines = running.flatMap((city) =>
    readOverlay(platform, city).leftOut.map(({ what, why }) => ({ city, line: `${what}: ${why}` })),
  );
  const unique = [...new Set(lines.map(({ line }) => line))];
  if (unique.length === 0) return [];
  return [
    "Not as in production:",
    ...unique.map((line) => {
      const where = lines.filter((entry) => entry.line === line).map(({ city }) => city);
      return `  ${where.length === running.length ? "" : `${where.join(", ")}: `}${line}`;
    }),
  ];
}

function access(platform: Platform): string[] {
  const file = mergedKubeconfig(platform);
  if (!existsSync(file)) return [];
  return [
    "Reach it:",
    `  export KUBECONFIG="${file}"`,
    `  kubectl --context ${contextOf("jakarta")} get pods --all-namespaces`,
    `  (kubectl is in ${relative(process.cwd(), platform.tools)}/bin)`,
  ];
}
