import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import type { CityConfig } from "../stacks/config.js";
import { cityNames, nusantara } from "../stacks/topology.js";
import { clusterConfiguration } from "./clusterConfiguration.js";
import { lastLines, UserError } from "./errors.js";
import { removeMachines } from "./machines/city.js";
import { controlPlaneGroup } from "./machines/directories.js";
import { startScript } from "./machines/scripts.js";
import { processorWeights } from "./machines/weights.js";
import { inNamespace } from "./network/commands.js";
import { cityNamespace, namespacePath } from "./network/names.js";
import { hasNetwork } from "./network/namespaces.js";
import {
  clusterDirectory,
  contextOf,
  kubeCache,
  kubeconfigOf,
  mergedKubeconfig,
  portsOf,
  tool,
  type NodeKind,
  type Platform,
} from "./platform.js";
import { releasedPorts, requireFreePorts } from "./preflight.js";
import { run } from "./process.js";
import { endProcesses, forgetStrangers, ownPrograms } from "./processes.js";
import { toolsFingerprint } from "./toolsFingerprint.js";

export type ClusterState = "absent" | "stopped" | "running";

const workDirectory = (platform: Platform): string => join(platform.directory, "kwok");
const configFile = (platform: Platform, city: string): string => join(platform.directory, "clusters", `${city}.yaml`);

/** Processes that a control plane consists of. */
export const components = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok-controller",
  "metrics-server",
] as const;

/**
 * Runs kwokctl. Where a city has a network of its own, the control plane is started inside it, in a control group of its
 * own; where it has none, on the loopback address of the machine.
 */
async function kwokctl(platform: Platform, city: string, args: readonly string[]) {
  const command = [tool(platform, "kwokctl"), ...args, `--name=${city}`];
  const environment = { KWOK_WORKDIR: workDirectory(platform), KUBECACHEDIR: kubeCache(platform) };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const [file = "", ...rest] = hasNetwork(platform, city)
    ? joining(platform, city, ["env", ...variables, ...command])
    : command;
  return run(file, rest, { env: environment, timeout: 120_000 });
}

function joining(platform: Platform, city: string, command: readonly string[]): string[] {
  const group = controlPlaneGroup(platform, city);
  group.create(processorWeights.controlPlane);
  const namespace = namespacePath(cityNamespace(platform, city));
  return ["sh", "-c", startScript({ joinFiles: group.joinFiles, namespace, command })];
}

/** Cities of which there is something on the disk, those of another topology included. */
export function clustersOf(platform: Platform): string[] {
  const directory = join(workDirectory(platform), "clusters");
  const found = existsSync(directory) ? readdirSync(directory) : [];
  const known = cityNames(nusantara);
  return [...known.filter((city) => found.includes(city)), ...found.filter((city) => !known.includes(city))];
}

/** Processes of a city's control plane that do not run. */
export function deadComponents(platform: Platform, city: string): string[] {
  const running = ownPrograms(clusterDirectory(platform, city));
  return components.filter((name) => !running.includes(name));
}

/** Milliseconds that a control plane whose processes all run gets to answer: it may only be busy. */
const patience = 30_000;

export async function clusterState(platform: Platform, city: string): Promise<ClusterState> {
  if (!existsSync(clusterDirectory(platform, city))) return "absent";
  const end = Date.now() + patience;
  while (deadComponents(platform, city).length === 0) {
    const ask = ["--kubeconfig", kubeconfigOf(platform, city), "--request-timeout=5s", "get", "--raw", "/readyz"];
    const [file, args] = hasNetwork(platform, city)
      ? inNamespace(cityNamespace(platform, city), tool(platform, "kubectl"), ask)
      : [tool(platform, "kubectl"), ask];
    const { exitCode } = await run(file, args);
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
  nodes: NodeKind = "simulated",
): Promise<"created" | "started" | "unchanged"> {
  const { city } = config;
  const wanted = wantedConfiguration(platform, config, nodes);
  // Inside a city's own network only the way in from this machine can meet somebody else.
  const ports = portsOf(platform, city);
  const needed = nodes === "real" ? { apiServer: ports.apiServer, gateway: ports.gateway } : ports;
  const file = configFile(platform, city);
  // Written only once a control plane was complete: without it, an earlier run was interrupted.
  const complete = existsSync(file) && readFileSync(file, "utf8") === wanted;
  const state = await clusterState(platform, city);
  if (state === "running" && complete) return "unchanged";
  if (state !== "absent" && complete) {
    await stopLeftovers(platform, city);
    if (nodes === "simulated") await requireFreePorts(city, needed);
    await launch(platform, city, ["start", "cluster"]);
    return "started";
  }
  // Ports, address ranges and binaries are fixed when a control plane is made.
  if (state !== "absent") await removeCluster(platform, city);
  // Certificates of nodes and services are signed by the control plane that they belong to.
  await removeMachines(platform, city);
  await requireFreePorts(city, needed);
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

/**
 * Starts a control plane that is there, and nothing else.
 * @throws UserError when it would have to be made anew, and with that lose what it knows.
 */
export async function restartCluster(platform: Platform, config: CityConfig, nodes: NodeKind): Promise<void> {
  const { city } = config;
  const file = configFile(platform, city);
  if (!existsSync(file) || readFileSync(file, "utf8") !== wantedConfiguration(platform, config, nodes)) {
    throw new UserError(
      `the control plane of ${city} was made with other tools or another configuration`,
      "make up makes it anew; what it knows, volumes included, is lost then",
    );
  }
  if ((await clusterState(platform, city)) === "running") return;
  await stopLeftovers(platform, city);
  await launch(platform, city, ["start", "cluster"]);
}

/** What a control plane is made of, tools included. */
const wantedConfiguration = (platform: Platform, config: CityConfig, nodes: NodeKind): string =>
  `# tools: ${toolsFingerprint(platform, "controlPlane")}\n${stringify(clusterConfiguration(platform, config, nodes))}`;

/** How often programs are started again that ended because they came up before what they need. */
const restarts = 3;

/**
 * Runs a command of kwokctl that ends when the control plane is ready, and starts again what has ended since:
 * metrics-server gives up at once when the API server does not listen yet, and kwokctl waits for the API server only.
 */
async function launch(platform: Platform, city: string, command: readonly string[]): Promise<void> {
  let { exitCode, output } = await kwokctl(platform, city, [...command, "--wait=90s"]);
  const lacks = (): boolean => deadComponents(platform, city).length > 0;
  for (let tries = 0; exitCode === 0 && lacks() && tries < restarts; tries += 1)
    ({ exitCode, output } = await kwokctl(platform, city, ["start", "cluster", "--wait=90s"]));
  if (exitCode === 0 && !lacks()) return;
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
  await kwokctl(platform, city, ["stop", "cluster"]);
  await endProcesses(processes);
  await controlPlaneGroup(platform, city).kill();
  if (!hasNetwork(platform, city)) await releasedPorts(portsOf(platform, city));
}

/** Stops a city's control plane and removes everything of it. Nothing happens where there is none. */
export async function removeCluster(platform: Platform, city: string): Promise<boolean> {
  const directory = clusterDirectory(platform, city);
  if (!existsSync(directory)) return false;
  const kubeconfig = kubeconfigOf(platform, city);
  // Deleting removes the list of processes before the last of them has let go of its port.
  const processes = forgetStrangers(directory);
  await kwokctl(platform, city, ["delete", "cluster", `--kubeconfig=${kubeconfig}`]);
  await endProcesses(processes);
  // A kwokctl whose caller was killed goes on, and would start what it was told to in the place of the next one.
  await controlPlaneGroup(platform, city).kill();
  if (!hasNetwork(platform, city)) await releasedPorts(portsOf(platform, city));
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
