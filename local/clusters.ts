import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import type { CityConfig } from "../stacks/config.js";
import { cityNames, nusantara } from "../stacks/topology.js";
import { lastLines, UserError } from "./errors.js";
import {
  clusterDirectory,
  contextOf,
  kubeCache,
  kubeconfigOf,
  mergedKubeconfig,
  portsOf,
  tool,
  type Platform,
} from "./platform.js";
import { releasedPorts, requireFreePorts } from "./preflight.js";
import { run } from "./process.js";
import { endProcesses, forgetStrangers, ownProcesses } from "./processes.js";
import { toolsFingerprint } from "./toolsFingerprint.js";

export type ClusterState = "absent" | "stopped" | "running";

const workDirectory = (platform: Platform): string => join(platform.directory, "kwok");
const configFile = (platform: Platform, city: string): string => join(platform.directory, "clusters", `${city}.yaml`);

/** Three run on one machine: collecting garbage more often than by default took a control plane from 694 to 617 MB. */
const smallHeap = [{ name: "GOGC", value: "25" }];

/** Processes that a control plane consists of. */
export const components = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok-controller",
  "metrics-server",
] as const;

/** What kwokctl is told about a control plane. */
export function clusterConfiguration(platform: Platform, config: CityConfig): object {
  const ports = portsOf(platform, config.city);
  const argument = (key: string, value: string) => ({ key, value });
  return {
    apiVersion: "config.kwok.x-k8s.io/v1alpha1",
    kind: "KwokctlConfiguration",
    options: {
      runtime: "binary",
      bindAddress: "127.0.0.1",
      kubeApiserverPort: ports.apiServer,
      etcdPort: ports.etcd,
      etcdPeerPort: ports.etcdPeer,
      kubeControllerManagerPort: ports.controllerManager,
      kubeSchedulerPort: ports.scheduler,
      kwokControllerPort: ports.kwok,
      metricsServerPort: ports.metricsServer,
      enable: ["metrics-server"],
      metricsServerManifests: [join(platform.root, "local", "metrics-server")],
      etcdBinary: tool(platform, "etcd"),
      kubeApiserverBinary: tool(platform, "kube-apiserver"),
      kubeControllerManagerBinary: tool(platform, "kube-controller-manager"),
      kubeSchedulerBinary: tool(platform, "kube-scheduler"),
      kubectlBinary: tool(platform, "kubectl"),
      kwokControllerBinary: tool(platform, "kwok"),
      metricsServerBinary: tool(platform, "metrics-server"),
      enableCRDs: ["Metric", "ClusterResourceUsage"],
    },
    componentsPatches: [
      ...["etcd", "kube-scheduler", "metrics-server"].map((name) => ({ name, extraEnvs: smallHeap })),
      {
        name: "kwok-controller",
        extraEnvs: smallHeap,
        extraArgs: [
          // Real nodes may stand beside simulated ones: only those that say so are simulated.
          { ...argument("manage-all-nodes", "false"), override: true },
          argument("manage-nodes-with-annotation-selector", "kwok.x-k8s.io/node=fake"),
          // The simulator answers for every node's kubelet.
          { ...argument("node-ip", "127.0.0.1"), override: true },
        ],
      },
      {
        name: "kube-apiserver",
        extraEnvs: smallHeap,
        extraArgs: [
          argument("service-cluster-ip-range", config.network.services),
          argument("kubelet-preferred-address-types", "InternalIP"),
        ],
      },
      {
        name: "kube-controller-manager",
        extraEnvs: smallHeap,
        extraArgs: [
          argument("allocate-node-cidrs", "true"),
          argument("cluster-cidr", config.network.pods),
          argument("service-cluster-ip-range", config.network.services),
          // 15 s by default; nobody wants to wait that long for the second replica of a laptop.
          argument("horizontal-pod-autoscaler-sync-period", "5s"),
        ],
      },
    ],
  };
}

const kwokctl = (platform: Platform, args: string[]) =>
  run(tool(platform, "kwokctl"), args, {
    env: { KWOK_WORKDIR: workDirectory(platform), KUBECACHEDIR: kubeCache(platform) },
    timeout: 120_000,
  });

/** Cities of which there is something on the disk, those of another topology included. */
export function clustersOf(platform: Platform): string[] {
  const directory = join(workDirectory(platform), "clusters");
  const found = existsSync(directory) ? readdirSync(directory) : [];
  const known = cityNames(nusantara);
  return [...known.filter((city) => found.includes(city)), ...found.filter((city) => !known.includes(city))];
}

/** Milliseconds that a control plane whose processes all run gets to answer: it may only be busy. */
const patience = 30_000;

export async function clusterState(platform: Platform, city: string): Promise<ClusterState> {
  const directory = clusterDirectory(platform, city);
  if (!existsSync(directory)) return "absent";
  const end = Date.now() + patience;
  while (ownProcesses(directory).length >= components.length) {
    const { exitCode } = await run(tool(platform, "kubectl"), [
      ...["--kubeconfig", kubeconfigOf(platform, city), "--request-timeout=5s"],
      ...["get", "--raw", "/readyz"],
    ]);
    if (exitCode === 0) return "running";
    if (Date.now() >= end) break;
    await sleep(1000);
  }
  return "stopped";
}

/**
 * Brings a city's control plane up, whatever an earlier run left.
 * @returns what had to be done.
 * @throws UserError when a port is in use, or the control plane does not become ready.
 */
export async function ensureCluster(
  platform: Platform,
  config: CityConfig,
): Promise<"created" | "started" | "unchanged"> {
  const { city } = config;
  const wanted = `# tools: ${toolsFingerprint(platform)}\n${stringify(clusterConfiguration(platform, config))}`;
  const file = configFile(platform, city);
  // Written only once a control plane was complete: without it, an earlier run was interrupted.
  const complete = existsSync(file) && readFileSync(file, "utf8") === wanted;
  const state = await clusterState(platform, city);
  if (state === "running" && complete) return "unchanged";
  if (state !== "absent" && complete) {
    await stopLeftovers(platform, city);
    await requireFreePorts(city, portsOf(platform, city));
    await launch(platform, city, ["start", "cluster"]);
    return "started";
  }
  // Ports, address ranges and binaries are fixed when a control plane is made.
  if (state !== "absent") await removeCluster(platform, city);
  await requireFreePorts(city, portsOf(platform, city));
  mkdirSync(join(platform.directory, "clusters"), { recursive: true });
  mkdirSync(join(platform.directory, "kubeconfigs"), { recursive: true });
  const draft = `${file}.draft`;
  writeFileSync(draft, wanted);
  await launch(platform, city, [
    "create",
    "cluster",
    `--config=${draft}`,
    `--kubeconfig=${kubeconfigOf(platform, city)}`,
  ]);
  renameSync(draft, file);
  return "created";
}

/** Runs a command of kwokctl that ends when the control plane is ready. */
async function launch(platform: Platform, city: string, command: readonly string[]): Promise<void> {
  const { exitCode, output } = await kwokctl(platform, [...command, `--name=${city}`, "--wait=90s"]);
  if (exitCode === 0) return;
  throw new UserError(
    `the control plane of ${city} did not become ready`,
    `look into ${join(clusterDirectory(platform, city), "logs")}, then run it again; make down starts afresh`,
    errorsIn(output),
  );
}

/** The errors in kwokctl's log, which is one JSON object a line. */
export function errorsIn(log: string): string[] {
  const errors = log.split("\n").flatMap((line) => {
    try {
      const { level, msg, err } = JSON.parse(line) as { level?: string; msg?: string; err?: string };
      return level === "ERROR" ? [`${msg ?? ""}: ${err ?? ""}`] : [];
    } catch {
      return [];
    }
  });
  return errors.length > 0 ? [...new Set(errors)] : lastLines(log, 5);
}

/** Ends what still runs of a half-dead control plane, so that it can be started as a whole. */
async function stopLeftovers(platform: Platform, city: string): Promise<void> {
  const processes = forgetStrangers(clusterDirectory(platform, city));
  await kwokctl(platform, ["stop", "cluster", `--name=${city}`]);
  await endProcesses(processes);
  await releasedPorts(portsOf(platform, city));
}

/** Stops a city's control plane and removes everything of it. Nothing happens where there is none. */
export async function removeCluster(platform: Platform, city: string): Promise<boolean> {
  const directory = clusterDirectory(platform, city);
  if (!existsSync(directory)) return false;
  const kubeconfig = kubeconfigOf(platform, city);
  // Deleting removes the list of processes before the last of them has let go of its port.
  const processes = forgetStrangers(directory);
  await kwokctl(platform, ["delete", "cluster", `--name=${city}`, `--kubeconfig=${kubeconfig}`]);
  await endProcesses(processes);
  await releasedPorts(portsOf(platform, city));
  for (const path of [directory, kubeconfig, configFile(platform, city)])
    rmSync(path, { recursive: true, force: true });
  return true;
}

/** One kubeconfig with the contexts of all cities that have a control plane. */
export async function writeMergedKubeconfig(platform: Platform): Promise<void> {
  const cities = cityNames(nusantara).filter((city) => existsSync(kubeconfigOf(platform, city)));
  const files = cities.map((city) => kubeconfigOf(platform, city));
  const [first] = cities;
  const { exitCode, stdout, stderr } = await run(tool(platform, "kubectl"), ["config", "view", "--flatten"], {
    env: { KUBECONFIG: files.join(":") },
  });
  if (exitCode !== 0) throw new UserError("the kubeconfigs can't be merged", "run it again", lastLines(stderr, 3));
  writeFileSync(mergedKubeconfig(platform), stdout, { mode: 0o600 });
  if (first === undefined) return;
  await run(tool(platform, "kubectl"), [
    ...["--kubeconfig", mergedKubeconfig(platform)],
    ...["config", "use-context", contextOf(first)],
  ]);
}
