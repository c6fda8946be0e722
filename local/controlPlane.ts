import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines, UserError } from "./errors.js";
import { kwokctl, wordsIn } from "./kwokctl.js";
import { inNamespace } from "./network/commands.js";
import { cityNamespace } from "./network/names.js";
import { hasNetwork } from "./network/namespaces.js";
import { clusterDirectory, kubeconfigOf, tool, type Platform } from "./platform.js";
import { run } from "./process.js";
import { forgetStrangers, ownPrograms } from "./processes.js";

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

/** Milliseconds that a control plane gets until it is ready, however busy the machine is, and between two looks at it. */
const launch = { patience: 300_000, pause: 1000 };

/**
 * Starts the programs of a control plane that do not run, again and again for five minutes, until it answers with all of
 * them. kwokctl starts each once, and metrics-server, for one, ends at once when the API server is too busy to answer.
 * @throws UserError naming the programs that kept ending, with their last words.
 */
export async function untilReady(platform: Platform, city: string, { patience, pause } = launch): Promise<void> {
  const end = Date.now() + patience;
  const starts = new Map<string, number>();
  let refusal: string[] = [];
  for (;;) {
    const dead = deadComponents(platform, city);
    if (dead.length === 0 && (await answers(platform, city))) return;
    if (Date.now() >= end) {
      const restless = components.filter((name) => dead.includes(name) || (starts.get(name) ?? 0) > 1);
      throw notReady(platform, city, [
        ...(dead.length === 0 ? ["its programs run, but it does not answer"] : []),
        ...refusal,
        ...restless.flatMap((name) => lastWords(platform, city, name, starts.get(name) ?? 0)),
      ]);
    }
    if (dead.length > 0) {
      for (const name of dead) starts.set(name, (starts.get(name) ?? 0) + 1);
      // kwokctl takes whatever has a recorded id for the program, a stranger and a zombie included.
      forgetStrangers(clusterDirectory(platform, city));
      const { exitCode, output } = await kwokctl(platform, city, ["start", "cluster"]);
      refusal = exitCode === 0 ? [] : wordsIn(output);
    }
    await sleep(pause);
  }
}

function lastWords(platform: Platform, city: string, name: string, starts: number): string[] {
  const file = join(clusterDirectory(platform, city), "logs", `${name}.log`);
  const words = existsSync(file) ? lastLines(readFileSync(file, "utf8"), 3) : [];
  return [`${name} was started ${starts} times`, ...words.map((line) => `${name} says: ${line}`)];
}

/** Says that a control plane is not ready, and why. */
export const notReady = (platform: Platform, city: string, details: readonly string[]): UserError =>
  new UserError(
    `the control plane of ${city} did not become ready`,
    `look into ${join(clusterDirectory(platform, city), "logs")}, then run it again; make down starts afresh`,
    details,
  );
