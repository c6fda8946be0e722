import { readFileSync } from "node:fs";
import { UserError } from "../errors.js";
import type { Platform } from "../platform.js";
import { systemGroup } from "./directories.js";

/** Process id, on the machine, of the first process of a node; undefined while the node is off. */
export function initProcess(platform: Platform, node: string): number | undefined {
  return systemGroup(platform, node).processes().find(isFirst);
}

/**
 * Whether a process is the first one of a process namespace directly below the machine's: the line has an id for each
 * namespace, from the outermost (proc_pid_status(5)). Containers that are about to start have three.
 */
function isFirst(pid: number): boolean {
  try {
    return /^NSpid:\s+\d+\s+1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/**
 * Command line that runs a program inside a node, with its file systems, processes and network.
 * @throws UserError when the node does not run.
 */
export function insideNode(platform: Platform, node: string, command: readonly string[]): string[] {
  const init = initProcess(platform, node);
  if (init === undefined) throw new UserError(`node ${node} does not run`, `make node START=${node}`);
  return ["nsenter", `--target=${init}`, "--mount", "--pid", "--net", "--ipc", "--", ...command];
}
