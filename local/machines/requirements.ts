import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { lastLines, UserError } from "../errors.js";
import type { NodeKind, Platform } from "../platform.js";
import { freeDisk, gibibytes } from "../preflight.js";
import { run } from "../process.js";
import { hierarchies } from "./cgroups.js";

/** Programs that real nodes need, by the Debian package that they come in. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "debian-archive-keyring": ["/usr/share/keyrings/debian-archive-keyring.gpg"],
  containerd: ["containerd", "containerd-shim-runc-v2", "ctr"],
  "containernetworking-plugins": ["/usr/lib/cni/ptp", "/usr/lib/cni/portmap"],
  iproute2: ["ip", "tc"],
  iptables: ["iptables"],
  mmdebstrap: ["mmdebstrap"],
  nftables: ["nft"],
  procps: ["sysctl"],
  runc: ["runc"],
  s6: ["s6-svscan", "s6-log"],
  umoci: ["umoci"],
  "util-linux": ["nsenter", "setsid", "unshare"],
};

/** Bytes of memory that three cities took here, and half as much again. */
const neededMemory = 8 * 2 ** 30;
/** Bytes of disk: images, a copy of them on each node, volumes and logs. */
const neededDisk = 10 * 2 ** 30;

/** Controllers that the kubelet insists on (cgroup version 1 names). */
const neededControllers = ["cpu", "cpuset", "memory", "pids", "freezer"];

/** Where a shell of root would look for programs; services are often started with less. */
export const searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

const isThere = (program: string): boolean =>
  program.startsWith("/") ? existsSync(program) : searchPath.some((directory) => existsSync(`${directory}/${program}`));

/** Debian packages that are missing. */
export const missingPackages = (): string[] =>
  Object.entries(packages)
    .filter(([, programs]) => !programs.every(isThere))
    .map(([name]) => name);

/** Why a machine can't carry real nodes, in one line; undefined when it can, once the packages are there. */
export async function obstacle(
  platform: Platform,
  { room = true }: { room?: boolean } = {},
): Promise<string | undefined> {
  if (process.arch !== "x64") return "images and nodes are made for amd64 processors only";
  if (process.getuid?.() !== 0) return "real nodes need root, for network namespaces and containers";
  const controllers = availableControllers();
  const lacking = neededControllers.filter((name) => !controllers.has(name));
  if (lacking.length > 0) return `this machine has no control groups for ${lacking.join(", ")}`;
  if (!readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n"))
    return "the kernel has no overlay file system";
  const isolated = ["--net", "--mount", "--pid", "--ipc", "--fork", "--mount-proc"];
  const probe = await run("unshare", [...isolated, "sh", "-euc", networkProbe]);
  if (probe.exitCode !== 0) return `the kernel lacks something (${lastLines(probe.output, 1).join("")})`;
  const missing = missingPackages();
  if (missing.length > 0 && !isThere("apt-get")) return `${missing.join(", ")} are missing, and there is no apt-get`;
  if (!room) return undefined;
  const memory = availableMemory();
  if (memory < neededMemory)
    return `${gibibytes(memory)} of memory are free, and real nodes take ${gibibytes(neededMemory)}`;
  const disk = freeDisk(platform.directory);
  if (disk < neededDisk) return `${gibibytes(disk)} of disk are free, and real nodes take ${gibibytes(neededDisk)}`;
  return undefined;
}

/** Tries, in namespaces of its own that vanish with it, what nodes and links are made of. */
const networkProbe = `
if command -v ip tc >/dev/null; then
  ip link add probe0 type veth peer name probe1
  ip link add probe2 type bridge
  tc qdisc add dev probe0 root handle 1: htb default 20
fi
if command -v nft >/dev/null; then
  printf '%s\\n' 'table inet probe { chain a { type nat hook postrouting priority srcnat; masquerade; }; }' \
    'table netdev probe { chain a { type filter hook ingress device lo priority 0; }; }' | nft -f -
fi
mount -t tmpfs tmpfs /tmp
`;

function availableControllers(): Set<string> {
  return new Set(
    hierarchies().flatMap(({ mountPoint, controllers }) => {
      try {
        accessSync(mountPoint, constants.W_OK);
      } catch {
        return [];
      }
      if (controllers) return controllers;
      // The unified hierarchy can always freeze.
      const found = readFileSync(`${mountPoint}/cgroup.controllers`, "utf8").trim().split(" ").filter(Boolean);
      return found.length === 0 ? [] : [...found, "freezer"];
    }),
  );
}

/** Bytes that new programs can have without swapping. */
const availableMemory = (): number =>
  1024 * Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0);

/**
 * Installs the Debian packages that are missing.
 * @returns their names.
 * @throws UserError with the words of apt-get.
 */
export async function installPackages(progress: (message: string) => void): Promise<string[]> {
  const missing = missingPackages();
  if (missing.length === 0) return [];
  progress(`installing ${missing.join(", ")}`);
  const environment = { DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  // Without package lists the first try fails; with old ones it may name versions that are gone.
  await run("apt-get", ["update"], { env: environment });
  const { exitCode, output } = await withoutServices(() => run("apt-get", install, { env: environment }));
  if (missing.includes("containerd")) await run("systemctl", ["disable", "containerd.service"]);
  if (exitCode !== 0 || missingPackages().length > 0) {
    throw new UserError(
      `${missingPackages().join(", ")} can't be installed`,
      `apt-get ${install.join(" ")}, or run it with NODES=simulated`,
      lastLines(output, 4),
    );
  }
  return missing;
}

/** Where Debian's packages ask whether they may start a service (invoke-rc.d(8)). */
const servicePolicy = "/usr/sbin/policy-rc.d";

/** Nodes bring their own containerd: none for the whole machine is to be started by an installation. */
async function withoutServices<Result>(install: () => Promise<Result>): Promise<Result> {
  if (existsSync(servicePolicy)) return install();
  writeFileSync(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return await install();
  } finally {
    rmSync(servicePolicy);
  }
}

export interface NodeChoice {
  kind: NodeKind;
  why: string;
}

/**
 * What the nodes are to be: as NODES says, as they are already, or real where the machine can carry them.
 * @throws UserError when NODES asks for what the machine can't carry.
 */
export async function chooseNodes(
  platform: Platform,
  choice: string | undefined,
  recorded: NodeKind | undefined,
): Promise<NodeChoice> {
  if (choice !== undefined && choice !== "" && choice !== "real" && choice !== "simulated") {
    throw new UserError(`NODES is "${choice}"`, "set it to real or simulated, or leave it out");
  }
  if (choice === "simulated" && recorded === "real") {
    throw new UserError(
      "the cities are up with real nodes, whose volumes would be lost",
      "make down, then make up NODES=simulated",
    );
  }
  if (choice === "simulated") return { kind: "simulated", why: "NODES says so" };
  if (choice === "real" && recorded === "simulated") {
    throw new UserError("the cities are up with simulated nodes", "make down, then make up NODES=real");
  }
  if (recorded === "simulated") return { kind: "simulated", why: "they were brought up so" };
  // What a platform that is up takes of the machine must not count against it.
  const reason = await obstacle(platform, { room: recorded === undefined });
  if (choice === "real" || recorded === "real") {
    if (reason === undefined)
      return { kind: "real", why: choice === "real" ? "NODES says so" : "they were brought up so" };
    throw new UserError(reason, "mend it, or run it with NODES=simulated after make down");
  }
  return reason === undefined
    ? { kind: "real", why: "this machine can carry them" }
    : { kind: "simulated", why: reason };
}
