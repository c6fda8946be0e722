import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether a process still holds anything. A zombie has let go of its ports and files. */
function isAlive(pid: number): boolean {
  try {
    // pid (name) state …, and the name may hold spaces and parentheses (proc_pid_stat(5)).
    const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
    return state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}

/** Waits until processes of ours are gone, and ends by their ids those that do not go by themselves. */
export async function endProcesses(pids: readonly number[]): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const pid of pids.filter(isAlive)) process.kill(pid, signal);
    for (let waited = 0; waited < 10_000 && pids.some(isAlive); waited += 100) await sleep(100);
  }
}
