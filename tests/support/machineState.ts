import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a program prints; nothing where it is not installed yet. */
const output = (file: string, ...args: string[]): string => {
  const { stdout, error } = spawnSync(file, args, { encoding: "utf8" });
  return error ? "" : stdout;
};

/** Settings of the whole kernel that a kubelet or a CNI plugin would change. */
const settings = [
  "fs/inotify/max_user_instances",
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "kernel/panic",
  "kernel/panic_on_oops",
  "net/ipv4/ip_forward",
  "net/netfilter/nf_conntrack_max",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
];

/** Where Kubernetes and containerd usually leave something. */
const usualPlaces = [
  "/etc/cni",
  "/opt/cni",
  "/opt/containerd",
  "/run/containerd",
  "/run/flannel",
  "/usr/libexec/kubernetes",
  "/var/lib/cni",
  "/var/lib/containerd",
  "/var/lib/kubelet",
  "/var/log/containers",
  "/var/log/pods",
];

/** Control groups directly below the root of each hierarchy: deeper ones of others come and go. */
const topGroups = (root: string): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(root, name), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(root, name, entry.name)),
    );

/** Programs of a platform that runs; everything else on a machine comes and goes. */
const programs =
  /containerd|kubelet|kube-|coredns|s6-|\/forward|volume-provisioner|zone-publisher|object-storage|\/pause|reference-service|etcd|kwok/;

/** What a platform could leave behind on a machine, or change. */
export const machineState = () => ({
  addresses: output("ip", "-brief", "address").split("\n").sort(),
  routes: output("ip", "route", "show", "table", "all").split("\n").sort(),
  rules: output("nft", "list", "ruleset"),
  namespaces: existsSync("/run/netns") ? readdirSync("/run/netns").sort() : [],
  mounts: readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .sort(),
  controlGroups: topGroups("/sys/fs/cgroup").sort(),
  settings: Object.fromEntries(
    settings.map((name) => {
      const file = join("/proc/sys", name);
      return [name, existsSync(file) ? readFileSync(file, "utf8").trim() : ""];
    }),
  ),
  places: Object.fromEntries(usualPlaces.map((path) => [path, existsSync(path) ? readdirSync(path).sort() : []])),
  // A process that has ended is there until somebody has asked how.
  processes: output("ps", "-eo", "stat=,args=")
    .split("\n")
    .filter((line) => programs.test(line) && !line.startsWith("Z"))
    .map((line) => line.replace(/^\S+\s+/, ""))
    .sort(),
});
