import { inside } from "./configuration.js";

/** `it's` → `'it'\''s'` */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export interface StartArgs {
  /** Files that a process writes `0` to in order to join its control groups. */
  joinFiles: readonly string[];
  /** Path of the network namespace. @default the machine's */
  namespace?: string;
  /** What to run there. */
  command: readonly string[];
}

/** Nothing of the environment that a platform is brought up in, with its proxies and tokens, is for its programs. */
export const cleanEnvironment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"] as const;

/** Joins the control groups and the network namespace, and becomes a program that outlives whoever started it. */
export const startScript = ({ joinFiles, namespace, command }: StartArgs): string =>
  `${[
    "#!/bin/sh",
    "set -eu",
    ...joinFiles.map((file) => `echo 0 > ${quoted(file)}`),
    `exec ${[...cleanEnvironment, ...(namespace === undefined ? [] : ["nsenter", `--net=${namespace}`]), ...command].map(quoted).join(" ")}`,
  ].join("\n")}\n`;

export interface InitArgs {
  /** The disk of the node. */
  directory: string;
  tools: string;
  /** Volumes of the node's zone. */
  volumes: string;
}

/**
 * Kernel settings that the kubelet insists on (its `protectKernelDefaults`). They are the whole machine's, so a node
 * gets to see files in their place.
 */
const kernelDefaults: Readonly<Record<string, number>> = {
  "kernel/keys/root_maxbytes": 25_000_000,
  "kernel/keys/root_maxkeys": 1_000_000,
  "kernel/panic": 10,
  "kernel/panic_on_oops": 1,
  "vm/overcommit_memory": 1,
  "vm/panic_on_oom": 0,
};

/**
 * The first process of a node, in a mount and a process namespace of its own: when it ends, the kernel ends every other
 * one and drops every mount, as when a machine loses power.
 *
 * The node gets its own /run, /var/lib, /var/log and /tmp, so that its programs use their usual paths and the machine
 * gets to see none of it. What they need of the machine is bound to the new /run before that one covers the old: it may
 * lie under one of the four.
 */
export const initScript = ({ directory, tools, volumes }: InitArgs): string =>
  `${[
    "#!/bin/sh",
    "set -eu",
    // What containerd unpacks belongs to the users of pods; the node's disk as a whole is root's alone.
    "umask 022",
    `cd ${quoted(directory)}`,
    "mount -t tmpfs -o mode=0755 tmpfs run",
    // mount(8) keeps notes of its own in /run/mount.
    "mkdir run/node run/tools run/volumes run/lock run/mount",
    "mount --bind . run/node",
    `mount --bind ${quoted(tools)} run/tools`,
    `mount --bind ${quoted(volumes)} run/volumes`,
    "cp -r services run/services",
    "mount --move run /run",
    "cd /",
    "for name in lib log; do mount --bind /run/node/$name /var/$name; done",
    "mount --bind /run/node/tmp /tmp",
    ...Object.entries(kernelDefaults).flatMap(([path, value]) => [
      `echo ${value} > /run/lock/${path.replaceAll("/", ".")}`,
      `mount --bind /run/lock/${path.replaceAll("/", ".")} /proc/sys/${path}`,
    ]),
    // Pods see mounts that are made later; the machine never does.
    "mount --make-rshared /",
    "exec s6-svscan -t0 /run/services",
  ].join("\n")}\n`;

/** A program that s6 keeps running; what it prints goes to its log. */
export const runScript = (command: readonly string[]): string => `#!/bin/sh\nexec 2>&1\nexec ${command.join(" ")}\n`;

/** Keeps the newest two megabytes of a program's log. */
export const logScript = (directory: string): string =>
  `#!/bin/sh\nmkdir -p ${quoted(directory)}\nexec s6-log n1 s1000000 ${quoted(directory)}\n`;

/** What a node runs, by the name of the service. */
export const nodeCommands = (node: { name: string; address: string; controlGroup: string }) => ({
  containerd: ["containerd", `--config=${inside.configuration}/containerd.toml`],
  kubelet: [
    `${inside.tools}/kubelet`,
    `--config=${inside.configuration}/kubelet.yaml`,
    `--kubeconfig=${inside.configuration}/kubelet.kubeconfig`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.address}`,
    `--runtime-cgroups=${node.controlGroup}/system`,
  ],
  "kube-proxy": [`${inside.tools}/kube-proxy`, `--config=${inside.configuration}/kube-proxy.yaml`],
});
