import { existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "./errors.js";
import type { Ports } from "./platform.js";
import { run } from "./process.js";

export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Free bytes of the file system that holds a path, or will. */
export function freeDisk(path: string): number {
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}

/** @throws UserError when the file system that holds a path has less free space than needed. */
export function requireDisk(path: string, needed: number, purpose: string): void {
  const free = freeDisk(path);
  if (free < needed) {
    throw new UserError(
      `the file system of ${path} has ${gibibytes(free)} free, and ${gibibytes(needed)} are needed to ${purpose}`,
      "free some space and run it again",
    );
  }
}

/** @throws UserError on anything but Linux: the control planes are started as plain processes there. */
export function requireLinux(platform: NodeJS.Platform = process.platform): void {
  if (platform !== "linux") {
    throw new UserError(`the local platform needs Linux, this is ${platform}`, "run it in a Linux virtual machine");
  }
}

/** What to call the owner of each port. */
const purposes: Readonly<Record<keyof Ports, string>> = {
  apiServer: "API server",
  etcd: "etcd",
  etcdPeer: "etcd peer",
  controllerManager: "controller manager",
  scheduler: "scheduler",
  kwok: "node simulator",
  metricsServer: "metrics server",
  gateway: "API gateway",
};

/** @throws UserError naming the port, its purpose and, where it can be found out, who holds it. */
export async function requireFreePorts(city: string, ports: Partial<Ports>): Promise<void> {
  for (const name of Object.keys(purposes) as (keyof Ports)[]) {
    const port = ports[name];
    if (port === undefined || (await isFree(port))) continue;
    const holder = await holderOf(port);
    throw new UserError(
      `port ${port}, for the ${purposes[name]} of ${city}, is in use${holder === undefined ? "" : ` by ${holder}`}`,
      "stop what uses it, or choose other ports, e.g. NUSANTARA_PORT_BASE=27000",
    );
  }
}

/** Waits, ten seconds at most, for ports of processes that were ended: their last threads hold them for a moment. */
export async function releasedPorts(ports: Ports): Promise<void> {
  const end = Date.now() + 10_000;
  for (const port of Object.values(ports) as number[]) {
    while (!(await isFree(port)) && Date.now() < end) await sleep(100);
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });

/** `name (pid 123)`; undefined where `ss` is missing or may not tell. */
async function holderOf(port: number): Promise<string | undefined> {
  const { stdout } = await run("ss", ["-Hltnp", `sport = :${port}`]);
  const match = /\("([^"]+)",pid=(\d+)/.exec(stdout);
  return match ? `${match[1]} (pid ${match[2]})` : undefined;
}
