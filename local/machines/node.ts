import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CityConfig } from "../../stacks/config.js";
import type { NodeClass } from "../../stacks/nodeClasses.js";
import { dnsAddress, routerAddress } from "../network/addresses.js";
import { namespacePath, nodeNamespace } from "../network/names.js";
import { ensureNodeNetwork } from "../network/namespaces.js";
import { setSilent } from "../network/silence.js";
import { portsOf, type Platform } from "../platform.js";
import { toolsFingerprint } from "../toolsFingerprint.js";
import { hierarchies } from "./cgroups.js";
import {
  apiServerOf,
  containerdConfiguration,
  kubeconfig,
  kubeletConfiguration,
  kubeProxyConfiguration,
  podNetwork,
  inside,
  type NodeSettings,
} from "./configuration.js";
import { lastLines, UserError } from "../errors.js";
import { initProcess } from "./inside.js";
import { clusterAuthority, nodeIdentities, writeCredentials } from "./credentials.js";
import { nodeDirectory, nodeGroup, smallVolumesDirectory, systemGroup, volumesDirectory } from "./directories.js";
import { initScript, nodeCommands, startScript } from "./scripts.js";
import { launch, serviceFiles, writeFiles } from "./supervision.js";
import { processorWeights } from "./weights.js";

/** A node that really runs: a network namespace with a containerd, a kubelet and a kube-proxy of its own. */
export interface RealNode {
  city: string;
  name: string;
  zone: string;
  class: NodeClass;
  address: string;
  /** Range of its pods. */
  pods: string;
}

export type NodeState = "absent" | "stopped" | "running" | "frozen";

export function nodeState(platform: Platform, { city, name }: Pick<RealNode, "city" | "name">): NodeState {
  if (!existsSync(nodeDirectory(platform, city, name))) return "absent";
  const group = nodeGroup(platform, name);
  if (group.isFrozen) return "frozen";
  return systemGroup(platform, name).processes().length > 0 ? "running" : "stopped";
}

const settingsOf = (platform: Platform, config: CityConfig, node: RealNode, pauseImage: string): NodeSettings => ({
  name: node.name,
  address: node.address,
  pods: node.pods,
  cityPods: config.network.pods,
  apiServer: apiServerOf(routerAddress(config.network.nodes), portsOf(platform, node.city).apiServer),
  dnsAddress: dnsAddress(config.network.services),
  controlGroup: nodeGroup(platform, node.name).path,
  pauseImage,
  legacyControlGroups: hierarchies().some(({ controllers }) => controllers !== undefined && controllers.length > 0),
});

/** Says what weight the node's control group gets whenever it is switched on. */
const weightFile = "etc/processor-weight";

/** Files of a node by their path on its disk, the keys left out. */
export function nodeFiles(settings: NodeSettings): Record<string, string> {
  return {
    "etc/containerd.toml": containerdConfiguration(settings),
    "etc/cni/10-pods.conflist": podNetwork(settings),
    "etc/kubelet.yaml": kubeletConfiguration(settings),
    "etc/kubelet.kubeconfig": kubeconfig(settings.apiServer, { directory: inside.configuration, user: "system-node" }),
    "etc/kube-proxy.yaml": kubeProxyConfiguration({
      ...settings,
      kubeconfig: `${inside.configuration}/kube-proxy.kubeconfig`,
    }),
    "etc/kube-proxy.kubeconfig": kubeconfig(settings.apiServer, {
      directory: inside.configuration,
      user: "kube-proxy",
    }),
    // Pods that use the node's resolver find none: nothing outside this machine can be asked.
    "etc/resolv.conf": "",
    ...serviceFiles("/var/log", nodeCommands(settings)),
  };
}

/**
 * Brings a node up as it is wanted. One that runs already is left alone unless it was told something else, or its
 * programs were built anew.
 * @returns whether it had to be started.
 */
export async function ensureNode(
  platform: Platform,
  config: CityConfig,
  node: RealNode,
  pauseImage: string,
): Promise<boolean> {
  const directory = nodeDirectory(platform, node.city, node.name);
  const volumes = join(volumesDirectory(platform, node.city), node.zone);
  const files = {
    ...nodeFiles(settingsOf(platform, config, node, pauseImage)),
    [weightFile]: `${processorWeights.node[node.class]}`,
    init: initScript({ directory, tools: join(platform.tools, "bin"), volumes }),
  };
  const wanted = `${toolsFingerprint(platform, "node")}\n${JSON.stringify(files)}`;
  const stamp = join(directory, "configured");
  const current = existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  // Pods keep what stands in for their volume for as long as they run.
  const hasSmallVolumes = existsSync(smallVolumesDirectory(platform, node.city, node.name));
  if (!current || hasSmallVolumes) await nodeGroup(platform, node.name).kill();
  await ensureNodeNetwork(platform, {
    city: node.city,
    node: node.name,
    address: node.address,
    pods: node.pods,
    nodes: config.network.nodes,
  });
  // Whatever a drill did to it ends here.
  await setSilent(platform, node.name, false);
  if (nodeState(platform, node) === "frozen") nodeGroup(platform, node.name).setFrozen(false);
  if (current && nodeState(platform, node) === "running") return false;

  if (!current) {
    for (const name of ["configured", "etc", "services"])
      rmSync(join(directory, name), { recursive: true, force: true });
    for (const name of ["lib", "log", "tmp", "run"]) mkdirSync(join(directory, name), { recursive: true });
    // Users of pods pass through it to their volumes and temporary files.
    chmodSync(join(directory, "tmp"), 0o1777);
    writeFiles(directory, files);
    const authority = clusterAuthority(platform, node.city);
    await writeCredentials(join(directory, "etc"), nodeIdentities(node.name, node.address), authority);
    mkdirSync(volumes, { recursive: true });
    writeFileSync(stamp, wanted);
  }
  await startNode(platform, node);
  return true;
}

/** Switches a node on that was set up before. */
export async function startNode(platform: Platform, { city, name }: Pick<RealNode, "city" | "name">): Promise<void> {
  const directory = nodeDirectory(platform, city, name);
  // A machine without power forgets its control groups. The kubelet takes those that it finds for containers and asks
  // for each of them in turn before it starts any pod, which takes 3 s each when nobody knows them.
  const everything = nodeGroup(platform, name);
  await everything.kill();
  await everything.remove();
  // Nothing is mounted on a machine that is off.
  rmSync(smallVolumesDirectory(platform, city, name), { recursive: true, force: true });
  everything.create(Number(readFileSync(join(directory, weightFile), "utf8")));
  const group = systemGroup(platform, name);
  group.create();
  const script = startScript({
    joinFiles: group.joinFiles,
    namespace: namespacePath(nodeNamespace(platform, name)),
    command: [
      "unshare",
      "--mount",
      "--pid",
      "--ipc",
      "--fork",
      "--kill-child",
      "--mount-proc",
      join(directory, "init"),
    ],
  });
  const log = join(directory, "log", "init.log");
  await launch(join(directory, "start"), script, log);
  const end = Date.now() + patience * 1000;
  while (initProcess(platform, name) === undefined) {
    if (Date.now() >= end) {
      const words = lastLines(readFileSync(log, "utf8"), 4);
      throw new UserError(`node ${name} did not start within ${patience} s`, `look into ${log}`, words);
    }
    await sleep(50);
  }
}

/** Seconds that the first process of a node gets to appear on a busy machine. */
const patience = 30;
