import { readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether a process still holds anything. A zombie has let go of its ports and files. */
export function isAlive(pid: number): boolean {
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
    for (const pid of pids.filter(isAlive)) signalIfThere(pid, signal);
    for (let waited = 0; waited < 10_000 && pids.some(isAlive); waited += 100) await sleep(100);
  }
}

/** Sends a signal; a process that has ended in between needs none. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Process ids that kwokctl wrote down for the programs of a control plane, with the files that hold them. */
function recorded(cluster: string): { program: string; file: string; pid: number }[] {
  const directory = join(cluster, "pids");
  const names = whereThere(() => readdirSync(directory)) ?? [];
  return names
    .filter((name) => name.endsWith(".pid"))
    .map((name) => ({ program: basename(name, ".pid"), file: join(directory, name) }))
    .flatMap(({ program, file }) => {
      const pid = Number(whereThere(() => readFileSync(file, "utf8")) ?? "");
      return pid > 0 ? [{ program, file, pid }] : [];
    });
}

/** What is read; nothing where kwokctl has removed it, or not made it yet. */
function whereThere<Read>(read: () => Read): Read | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether a process is a program of this control plane: after a reboot its id may be somebody else's. */
export function isOurProcess(cluster: string, pid: number): boolean {
  try {
    const [program = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return program.startsWith(join(cluster, "bin") + "/") && isAlive(pid);
  } catch {
    return false;
  }
}

/** Programs of a control plane that run, with their process ids. */
export const ownPrograms = (cluster: string): ReadonlyMap<string, number> =>
  new Map(
    recorded(cluster)
      .filter(({ pid }) => isOurProcess(cluster, pid))
      .map(({ program, pid }) => [program, pid]),
  );

/** Processes of a control plane that run. */
export const ownProcesses = (cluster: string): number[] => [...ownPrograms(cluster).values()];

/**
 * Removes the records of processes that are not, or no longer, of a control plane. kwokctl ends whatever has a
 * recorded id.
 * @returns the processes that are.
 */
export function forgetStrangers(cluster: string): number[] {
  for (const { file, pid } of recorded(cluster)) if (!isOurProcess(cluster, pid)) rmSync(file, { force: true });
  return ownProcesses(cluster);
}
