import { freemem } from "node:os";
import { run, type RunOptions, type RunResult } from "../../local/process.js";

/** Free memory from which trees are laid out in memory, in bytes: two at once stay well below it. */
const memoryForTrees = 6 * 2 ** 30;

/**
 * Runs a Bash script with `$1`, an empty directory for large, short-lived trees. Its mounts are its own, and it ends
 * with this process however that ends: no mount and no process can be left behind.
 */
export function isolated(
  script: string,
  scratch: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const prologue = freemem() > memoryForTrees ? 'mount -t tmpfs -o mode=0755 tmpfs "$1"' : ":";
  const command = ["bash", "-euo", "pipefail", "-c", `${prologue}\n${script}`, "bash", scratch, ...args];
  const wrapped = ["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", ...command];
  return run("setpriv", wrapped, options);
}
