import { join } from "node:path";
import { lastLines } from "./errors.js";
import { controlPlaneGroup } from "./machines/directories.js";
import { startScript } from "./machines/scripts.js";
import { processorWeights } from "./machines/weights.js";
import { cityNamespace, namespacePath } from "./network/names.js";
import { hasNetwork } from "./network/namespaces.js";
import { kubeCache, tool, type Platform } from "./platform.js";
import { run } from "./process.js";

/** Where kwokctl keeps its control planes. */
export const workDirectory = (platform: Platform): string => join(platform.directory, "kwok");

/**
 * Runs kwokctl. Where a city has a network of its own, the control plane is started inside it, in a control group of its
 * own; where it has none, on the loopback address of the machine.
 */
export async function kwokctl(platform: Platform, city: string, args: readonly string[]) {
  const command = [tool(platform, "kwokctl"), ...args, `--name=${city}`];
  const environment = { KWOK_WORKDIR: workDirectory(platform), KUBECACHEDIR: kubeCache(platform) };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const [file = "", ...rest] = hasNetwork(platform, city)
    ? joining(platform, city, ["env", ...variables, ...command])
    : command;
  // It waits for the API server for two minutes, and writes objects after that.
  return run(file, rest, { env: environment, timeout: 180_000 });
}

function joining(platform: Platform, city: string, command: readonly string[]): string[] {
  const group = controlPlaneGroup(platform, city);
  group.create(processorWeights.controlPlane);
  const namespace = namespacePath(cityNamespace(platform, city));
  return ["sh", "-c", startScript({ joinFiles: group.joinFiles, namespace, command })];
}

interface LogLine {
  level: string;
  msg: string;
  err: string;
  /** Only where it is not 0. */
  failedCounter: number;
}

/**
 * The errors in kwokctl's log, which is one JSON object a line. It goes on after some of them, objects that it could not
 * write included, and ends well.
 */
export function errorsIn(log: string): string[] {
  const errors = log.split("\n").flatMap((line) => {
    try {
      const { level, msg, err, failedCounter } = JSON.parse(line) as Partial<LogLine>;
      if (level === "ERROR") return [`${msg ?? ""}: ${err ?? ""}`];
      return failedCounter === undefined ? [] : [`${failedCounter} objects were left out`];
    } catch {
      return [];
    }
  });
  return [...new Set(errors)];
}

/** What kwokctl says of a failure: its errors, or the end of its log where that has none. */
export function wordsIn(log: string): string[] {
  const errors = errorsIn(log);
  return errors.length > 0 ? errors : lastLines(log, 5);
}
