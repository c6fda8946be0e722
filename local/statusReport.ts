import Table from "cli-table3";
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { nodeLabels } from "../components/kubernetes/index.js";
import { kindLabel } from "./nodes/objects.js";
import { imagesOf, podSpecOf, whereabouts } from "./nodes/placement.js";
import {
  contextOf,
  mergedKubeconfig,
  overlayFor,
  portsOf,
  readOverlay,
  recordedNodeKind,
  type Platform,
} from "./platform.js";
import { localRepositories } from "./real/images.js";
import { unready } from "./readiness.js";
import type { Manifest } from "./render/manifests.js";
import type { CityStatus } from "./status.js";
import { plainTable } from "./tables.js";

function pools(nodes: readonly Manifest[]): string {
  const counts = new Map<string, { ready: number; total: number; real: number }>();
  for (const node of nodes) {
    const pool = node.metadata.labels?.[nodeLabels.pool] ?? "none";
    const count = counts.get(pool) ?? { ready: 0, total: 0, real: 0 };
    counts.set(pool, {
      ready: count.ready + (unready([node]).length === 0 ? 1 : 0),
      total: count.total + 1,
      real: count.real + (node.metadata.labels?.[kindLabel] === "real" ? 1 : 0),
    });
  }
  return [...counts]
    .map(([pool, { ready, total, real }]) => `${pool} ${ready}/${total}${real > 0 ? ` (${real} real)` : ""}`)
    .join(", ");
}

interface WorkloadView {
  spec: { replicas?: number; template: { spec: { containers: { image: string }[] } } };
  status?: { availableReplicas?: number };
}
interface AutoscalerView {
  spec: { minReplicas?: number; maxReplicas: number };
}

/** What runs, what differs from production, and how to reach it. */
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
  const real = recordedNodeKind(platform) === "real";
  const head = ["city", "workload", "available", "scales", "image", ...(real ? ["nodes"] : [])];
  const services = new Table({ head, ...plainTable });
  for (const status of statuses) {
    const repositories = real ? localRepositories(platform, status.city) : undefined;
    services.push(...workloadRows(status, repositories));
  }
  const parts = [cities.toString()];
  const cutOff = statuses.flatMap(({ city, cut }) => (cut === true ? [city] : []));
  if (cutOff.length > 0)
    parts.push(`Cut off from the other cities: ${cutOff.join(", ")} (make link HEAL="${cutOff.join(" ")}").`);
  const withoutStorage = statuses.flatMap(({ city, storage }) => (storage === false ? [city] : []));
  if (withoutStorage.length > 0)
    parts.push(
      `Object storage is stopped: ${withoutStorage.join(", ")} (make storage START="${withoutStorage.join(" ")}").`,
    );
  if (services.length > 0) parts.push(services.toString());
  parts.push(...differences(platform, statuses), ...access(platform));
  return parts.join("\n");
}

/** @param repositories those whose images are here; undefined where all nodes are simulated. */
function workloadRows(status: CityStatus, repositories: readonly string[] | undefined): string[][] {
  const { city, cronJobs } = status;
  const withNodes = (manifest: Manifest, row: string[]): string[] => {
    if (repositories === undefined) return row;
    const { kind, why } = whereabouts(manifest, repositories);
    return [...row, `${kind}: ${why}`];
  };
  return [
    ...scalableRows(status, withNodes),
    ...cronJobs.map((cronJob) => {
      const { name, namespace } = cronJob.metadata;
      const { schedule } = (cronJob as unknown as { spec: { schedule: string } }).spec;
      const images = imagesOf(podSpecOf(cronJob) ?? {}).join(", ");
      return withNodes(cronJob, [city, `${namespace ?? ""}/${name}`, `at ${schedule}`, "no", images]);
    }),
  ];
}

function scalableRows(
  { city, workloads, autoscalers }: CityStatus,
  withNodes: (manifest: Manifest, row: string[]) => string[],
): string[][] {
  return workloads.map((workload) => {
    const { spec, status } = workload as unknown as WorkloadView;
    const { name, namespace } = workload.metadata;
    const autoscaler = autoscalers.find(
      ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
    ) as unknown as AutoscalerView | undefined;
    return withNodes(workload, [
      city,
      `${namespace ?? ""}/${name}`,
      `${status?.availableReplicas ?? 0}/${spec.replicas ?? 1}`,
      autoscaler ? `${autoscaler.spec.minReplicas ?? 1} to ${autoscaler.spec.maxReplicas}` : "no",
      [...new Set(spec.template.spec.containers.map(({ image }) => image))].join(", "),
    ]);
  });
}

/** What these cities differ in from production, each difference once. */
function differences(platform: Platform, statuses: readonly CityStatus[]): string[] {
  const running = statuses.filter(({ state }) => state === "running").map(({ city }) => city);
  const lines = running.flatMap((city) =>
    overlayFor(readOverlay(platform, city), recordedNodeKind(platform) ?? "simulated").leftOut.map(({ what, why }) => ({
      city,
      line: `${what}: ${why}`,
    })),
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
    ...(recordedNodeKind(platform) === "real"
      ? [`  curl http://127.0.0.1:${portsOf(platform, "jakarta").gateway}/check`]
      : []),
  ];
}
