import { readFileSync } from "node:fs";
import { UserError } from "../errors.js";
import type { Platform } from "../platform.js";
import { systemGroup } from "./directories.js";

/** Process id, on the machine, of the first process of a node; undefined while the node is off. */
export function initProcess(platform: Platform, node: string): number | undefined {
  return systemGroup(platform, node)
    .processes()
    .find((pid) => innermostId(pid) === 1);
}

/** The id that a process has in its own process namespace, the last one of the line (proc_pid_status(5)). */
function innermostId(pid: number): number | undefined {
  try {
    const ids = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]?.split(/\s+/) ?? [];
    return ids.length > 1 ? Number(ids.at(-1)) : undefined;
  } catch {
    return undefined;
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
