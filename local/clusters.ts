import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { CityConfig } from "../stacks/config.js";
import { cityNames, nusantara } from "../stacks/topology.js";
import { clusterConfiguration } from "./clusterConfiguration.js";
import { clusterState, notReady, untilReady } from "./controlPlane.js";
import { lastLines, UserError } from "./errors.js";
import { errorsIn, kwokctl, wordsIn, workDirectory } from "./kwokctl.js";
import { removeMachines } from "./machines/city.js";
import { controlPlaneGroup } from "./machines/directories.js";
import { hasNetwork } from "./network/namespaces.js";
import {
  clusterDirectory,
  contextOf,
  kubeconfigOf,
  mergedKubeconfig,
  portsOf,
  tool,
  type NodeKind,
  type Platform,
} from "./platform.js";
import { releasedPorts, requireFreePorts } from "./preflight.js";
import { run, type RunResult } from "./process.js";
import { endProcesses, forgetStrangers } from "./processes.js";
import { toolsFingerprint } from "./toolsFingerprint.js";

const configFile = (platform: Platform, city: string): string => join(platform.directory, "clusters", `${city}.yaml`);

/** Cities of which there is something on the disk, those of another topology included. */
export function clustersOf(platform: Platform): string[] {
  const directory = join(workDirectory(platform), "clusters");
  const found = existsSync(directory) ? readdirSync(directory) : [];
  const known = cityNames(nusantara);
  return [...known.filter((city) => found.includes(city)), ...found.filter((city) => !known.includes(city))];
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
    await untilReady(platform, city);
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
  await create(platform, city, draft);
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
  await untilReady(platform, city);
}

/** What a control plane is made of, tools included. */
const wantedConfiguration = (platform: Platform, config: CityConfig, nodes: NodeKind): string =>
  `# tools: ${toolsFingerprint(platform, "controlPlane")}\n${stringify(clusterConfiguration(platform, config, nodes))}`;

/**
 * Makes a control plane and waits until it is ready. kwokctl does not write all of its objects when the API server answers
 * too late, and what it leaves then is not to be gone on with: it is made once more.
 */
async function create(platform: Platform, city: string, config: string): Promise<void> {
  const command = ["create", "cluster", `--config=${config}`, `--kubeconfig=${kubeconfigOf(platform, city)}`];
  const isWhole = ({ exitCode, output }: RunResult): boolean => exitCode === 0 && errorsIn(output).length === 0;
  if (!isWhole(await kwokctl(platform, city, command))) {
    await discardCluster(platform, city);
    const second = await kwokctl(platform, city, command);
    if (!isWhole(second)) throw notReady(platform, city, wordsIn(second.output));
  }
  await untilReady(platform, city);
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
  if (!existsSync(clusterDirectory(platform, city))) return false;
  await discardCluster(platform, city);
  rmSync(configFile(platform, city), { force: true });
  return true;
}

/** Ends and removes what kwokctl made of a control plane. */
async function discardCluster(platform: Platform, city: string): Promise<void> {
  const directory = clusterDirectory(platform, city);
  const kubeconfig = kubeconfigOf(platform, city);
  // Deleting removes the list of processes before the last of them has let go of its port.
  const processes = forgetStrangers(directory);
  await kwokctl(platform, city, ["delete", "cluster", `--kubeconfig=${kubeconfig}`]);
  await endProcesses(processes);
  // A kwokctl whose caller was killed goes on, and would start what it was told to in the place of the next one.
  await controlPlaneGroup(platform, city).kill();
  if (!hasNetwork(platform, city)) await releasedPorts(portsOf(platform, city));
  for (const path of [directory, kubeconfig]) rmSync(path, { recursive: true, force: true });
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
