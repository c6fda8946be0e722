import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { CityConfig } from "../stacks/config.js";
import { lastLines, UserError } from "./errors.js";
import { contextOf, kubeconfigOf, mergedKubeconfig, portsOf, tool, type Platform } from "./platform.js";
import { requireFreePorts } from "./preflight.js";
import { run } from "./process.js";

export type ClusterState = "absent" | "stopped" | "running";

const workDirectory = (platform: Platform): string => join(platform.directory, "kwok");
const clusterDirectory = (platform: Platform, city: string): string => join(workDirectory(platform), "clusters", city);
const configFile = (platform: Platform, city: string): string => join(platform.directory, "clusters", `${city}.yaml`);

/** Collecting garbage twice as often saves a fifth of a control plane's memory, and three run on one machine. */
const smallHeap = [{ name: "GOGC", value: "50" }];

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
  run(tool(platform, "kwokctl"), args, { env: { KWOK_WORKDIR: workDirectory(platform) }, timeout: 120_000 });

/** Process ids that kwokctl wrote down for a city, whether they still run or not. */
export function recordedProcesses(platform: Platform, city: string): { name: string; pid: number }[] {
  const directory = join(clusterDirectory(platform, city), "pids");
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith(".pid"))
    .map((file) => ({
      name: file.replace(/\.pid$/, ""),
      pid: Number(readFileSync(join(directory, file), "utf8").trim()),
    }));
}

/** Whether a process runs and is one of ours: pids are given out again, and the directory in its arguments tells. */
export function isOurProcess(platform: Platform, pid: number): boolean {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return commandLine.includes(platform.tools) || commandLine.includes(platform.directory);
  } catch {
    return false;
  }
}

export async function clusterState(platform: Platform, city: string): Promise<ClusterState> {
  if (!existsSync(clusterDirectory(platform, city))) return "absent";
  const processes = recordedProcesses(platform, city);
  if (processes.length === 0 || !processes.every(({ pid }) => isOurProcess(platform, pid))) return "stopped";
  const { exitCode } = await run(tool(platform, "kubectl"), [
    ...["--kubeconfig", kubeconfigOf(platform, city), "--request-timeout=5s"],
    ...["get", "--raw", "/readyz"],
  ]);
  return exitCode === 0 ? "running" : "stopped";
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
  const wanted = stringify(clusterConfiguration(platform, config));
  const file = configFile(platform, city);
  const same = existsSync(file) && readFileSync(file, "utf8") === wanted;
  let state = await clusterState(platform, city);
  if (state === "running" && same) return "unchanged";
  if (state !== "absent" && !same) {
    // Ports or address ranges are fixed when a control plane is made.
    await removeCluster(platform, city);
    state = "absent";
  }
  if (state === "stopped") await stopLeftovers(platform, city);
  await requireFreePorts(city, { ...portsOf(platform, city) });
  mkdirSync(join(platform.directory, "clusters"), { recursive: true });
  mkdirSync(join(platform.directory, "kubeconfigs"), { recursive: true });
  writeFileSync(file, wanted);
  const { exitCode, output } = await kwokctl(platform, [
    ...["create", "cluster", `--name=${city}`, `--config=${file}`],
    ...[`--kubeconfig=${kubeconfigOf(platform, city)}`, "--wait=90s"],
  ]);
  if (exitCode !== 0) {
    throw new UserError(
      `the control plane of ${city} did not become ready`,
      `look into ${join(clusterDirectory(platform, city), "logs")}, then run it again`,
      errorsIn(output),
    );
  }
  return state === "absent" ? "created" : "started";
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
  const processes = recordedProcesses(platform, city);
  await kwokctl(platform, ["stop", "cluster", `--name=${city}`]);
  await endProcesses(platform, processes);
}

/** Stops a city's control plane and removes everything of it. Nothing happens where there is none. */
export async function removeCluster(platform: Platform, city: string): Promise<boolean> {
  const directory = clusterDirectory(platform, city);
  if (!existsSync(directory)) return false;
  const kubeconfig = kubeconfigOf(platform, city);
  // Deleting removes the list of processes before the last of them has let go of its port.
  const processes = recordedProcesses(platform, city);
  await kwokctl(platform, ["delete", "cluster", `--name=${city}`, `--kubeconfig=${kubeconfig}`]);
  await endProcesses(platform, processes);
  for (const path of [directory, kubeconfig, configFile(platform, city)])
    rmSync(path, { recursive: true, force: true });
  return true;
}

/** Waits until processes are gone, and ends by their ids those that do not go by themselves. */
async function endProcesses(platform: Platform, processes: readonly { pid: number }[]): Promise<void> {
  const running = () => processes.filter(({ pid }) => isOurProcess(platform, pid));
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const { pid } of running()) process.kill(pid, signal);
    for (let waited = 0; waited < 10_000 && running().length > 0; waited += 100) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** One kubeconfig with the contexts of all cities that have a control plane. */
export async function writeMergedKubeconfig(platform: Platform, cities: readonly string[]): Promise<void> {
  const files = cities.map((city) => kubeconfigOf(platform, city)).filter((file) => existsSync(file));
  const [first] = cities;
  const { stdout } = await run(tool(platform, "kubectl"), ["config", "view", "--flatten"], {
    env: { KUBECONFIG: files.join(":") },
  });
  writeFileSync(mergedKubeconfig(platform), stdout, { mode: 0o600 });
  if (first === undefined) return;
  await run(tool(platform, "kubectl"), [
    ...["--kubeconfig", mergedKubeconfig(platform)],
    ...["config", "use-context", contextOf(first)],
  ]);
}
