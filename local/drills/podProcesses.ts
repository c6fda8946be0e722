import { readFileSync } from "node:fs";
import { ControlGroup } from "../machines/cgroups.js";
import { nodeGroup } from "../machines/directories.js";
import type { Platform } from "../platform.js";
import type { Pod } from "./pods.js";

/** A process as /proc shows it. */
export interface ProcessView {
  pid: number;
  parent: number;
  /** Name of the program, at most fifteen characters. */
  name: string;
  /** Its arguments, joined by spaces; what a process of PostgreSQL calls itself. */
  title: string;
}

/** A way to pick processes of a pod. */
export type Selection = (process: ProcessView, all: readonly ProcessView[]) => boolean;

/** Processes of the data tier by what they are. */
export const selections = {
  /** The first process of PostgreSQL, which all others of it are children of. */
  postmaster: ({ name, parent }, all) =>
    name === "postgres" && !all.some((other) => other.pid === parent && other.name === "postgres"),
  /** What receives the stream of WAL on a replica. */
  walReceiver: ({ name, title }) => name === "postgres" && title.includes("walreceiver"),
  patroni: ({ title }) => /(^|\s)database\.run_patroni(\s|$)/.test(title),
  etcd: ({ name }) => name === "etcd",
  /** All but the one that holds the pod's network, without which it would get another address. */
  everything: ({ name }) => name !== "pause",
} as const satisfies Record<string, Selection>;

/** Control group of a pod; the kubelet puts it in one of three places by the pod's quality of service. */
export function podGroup(platform: Platform, { node, uid }: Pod): ControlGroup | undefined {
  const { path } = nodeGroup(platform, node);
  return ["burstable/", "", "besteffort/"]
    .map((quality) => new ControlGroup(`${path}/kubepods/${quality}pod${uid}`))
    .find(({ exists }) => exists);
}

/** What is known of a process; undefined when it has ended. */
function viewOf(pid: number): ProcessView | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in parentheses and may hold some itself; the state and the parent follow (proc_pid_stat(5)).
    const [, name = "", parent = "0"] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
    const title = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, parent: Number(parent), name, title };
  } catch {
    return undefined;
  }
}

/** Ids, on the machine, of the processes of a pod that are selected. */
export function processesOf(platform: Platform, pod: Pod, selection: Selection): number[] {
  const all = (podGroup(platform, pod)?.processes() ?? []).flatMap((pid) => viewOf(pid) ?? []);
  return all.filter((process) => selection(process, all)).map(({ pid }) => pid);
}
