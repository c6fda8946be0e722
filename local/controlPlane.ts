import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines, UserError } from "./errors.js";
import { kwokctl } from "./kwokctl.js";
import { inNamespace } from "./network/commands.js";
import { cityNamespace } from "./network/names.js";
import { hasNetwork } from "./network/namespaces.js";
import { clusterDirectory, kubeconfigOf, tool, type Platform } from "./platform.js";
import { run } from "./process.js";
import { ownPrograms } from "./processes.js";

export type ClusterState = "absent" | "stopped" | "running";

/** Processes that a control plane consists of. */
export const components = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok-controller",
  "metrics-server",
] as const;

/** Processes of a city's control plane that do not run. */
export function deadComponents(platform: Platform, city: string): string[] {
  const running = ownPrograms(clusterDirectory(platform, city));
  return components.filter((name) => !running.has(name));
}

/** Milliseconds that a control plane whose processes all run gets to answer: it may only be busy. */
const patience = 30_000;

async function answers(platform: Platform, city: string): Promise<boolean> {
  const ask = ["--kubeconfig", kubeconfigOf(platform, city), "--request-timeout=5s", "get", "--raw", "/readyz"];
  const [file, args] = hasNetwork(platform, city)
    ? inNamespace(cityNamespace(platform, city), tool(platform, "kubectl"), ask)
    : [tool(platform, "kubectl"), ask];
  return (await run(file, args)).exitCode === 0;
}

export async function clusterState(platform: Platform, city: string): Promise<ClusterState> {
  if (!existsSync(clusterDirectory(platform, city))) return "absent";
  const end = Date.now() + patience;
  while (deadComponents(platform, city).length === 0) {
    if (await answers(platform, city)) return "running";
    if (Date.now() >= end) break;
    await sleep(1000);
  }
  return "stopped";
}

/** Milliseconds that a control plane gets until it is ready, however busy the machine is. */
const launchPatience = 300_000;

/**
 * Waits until a control plane answers with all its programs, and starts again those that end: kwokctl starts each of
 * them once, and metrics-server, for one, ends at once when the API server is too busy to answer.
 */
export async function untilReady(platform: Platform, city: string): Promise<void> {
  const end = Date.now() + launchPatience;
  const ended = new Map<string, number>();
  for (;;) {
    const dead = deadComponents(platform, city);
    if (dead.length === 0 && (await answers(platform, city))) return;
    if (Date.now() >= end) throw notReady(platform, city, reasonsOf(platform, city, ended));
    for (const name of dead) ended.set(name, (ended.get(name) ?? 0) + 1);
    if (dead.length > 0) await kwokctl(platform, city, ["start", "cluster"]);
    await sleep(1000);
  }
}

/** What is known of the programs that ended, from their logs. */
function reasonsOf(platform: Platform, city: string, ended: ReadonlyMap<string, number>): string[] {
  const logs = join(clusterDirectory(platform, city), "logs");
  const reasons = [...ended].flatMap(([name, times]) => {
    const file = join(logs, `${name}.log`);
    const words = existsSync(file) ? lastLines(readFileSync(file, "utf8"), 3) : [];
    return [`${name} ended ${times} times`, ...words.map((line) => `${name} says: ${line}`)];
  });
  return reasons.length > 0 ? reasons : [`its programs run, but it does not answer after ${launchPatience / 1000} s`];
}

/** Says that a control plane is not ready, and why. */
export const notReady = (platform: Platform, city: string, details: readonly string[]): UserError =>
  new UserError(
    `the control plane of ${city} did not become ready`,
    `look into ${join(clusterDirectory(platform, city), "logs")}, then run it again; make down starts afresh`,
    details,
  );
