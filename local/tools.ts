import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { lastLines, UserError } from "./errors.js";
import { requireDisk } from "./preflight.js";
import type { NodeKind, Platform } from "./platform.js";
import { stampOf } from "./toolsFingerprint.js";
import { run, type RunOptions } from "./process.js";

/** Tools that are built together, out of a Go module that pins them by its go.mod and go.sum. */
interface ToolGroup {
  name: string;
  /** Directory of the module, from the root of the repository. */
  directory: string;
  /** Go packages by the name of the binary. */
  packages: Readonly<Record<string, string>>;
  /** Whether only real nodes need them. */
  forRealNodes: boolean;
}

/** The simulator and the DNS need other versions of Kubernetes' libraries than the control planes are made of. */
const groups: readonly ToolGroup[] = [
  {
    name: "kubernetes",
    directory: "local/tools/kubernetes",
    forRealNodes: false,
    packages: {
      etcd: "go.etcd.io/etcd/server/v3",
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
      kubectl: "k8s.io/kubernetes/cmd/kubectl",
    },
  },
  {
    name: "simulation",
    directory: "local/tools/simulation",
    forRealNodes: false,
    packages: {
      kwok: "sigs.k8s.io/kwok/cmd/kwok",
      kwokctl: "sigs.k8s.io/kwok/cmd/kwokctl",
      "metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server",
    },
  },
  {
    name: "kubelet",
    directory: "local/tools/kubernetes",
    forRealNodes: true,
    packages: { kubelet: "k8s.io/kubernetes/cmd/kubelet", "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy" },
  },
  {
    // Of the same version as etcd, which the control planes have; the data tier's image has all three.
    name: "etcd-tools",
    directory: "local/tools/kubernetes",
    forRealNodes: true,
    packages: {
      "etcd-member": "./etcd-member",
      etcdctl: "go.etcd.io/etcd/etcdctl/v3",
      etcdutl: "go.etcd.io/etcd/etcdutl/v3",
    },
  },
  {
    name: "coredns",
    directory: "local/tools/coredns",
    forRealNodes: true,
    packages: { coredns: "./cmd/coredns" },
  },
  {
    name: "nodes",
    directory: "local/tools/nodes",
    forRealNodes: true,
    packages: {
      forward: "./forward",
      pause: "./pause",
      "volume-provisioner": "./volume-provisioner",
      "zone-publisher": "./zone-publisher",
    },
  },
  {
    name: "storage",
    directory: "local/tools/storage",
    forRealNodes: true,
    packages: { "object-storage": "./object-storage" },
  },
  {
    name: "drills",
    directory: "local/tools/drills",
    forRealNodes: true,
    packages: { "drill-client": "./drill-client" },
  },
  {
    name: "service",
    directory: "images/service",
    forRealNodes: true,
    packages: { "reference-service": "./cmd/reference-service" },
  },
];

/** Checks manifests; no cluster needs it. */
const manifestTools: ToolGroup = {
  name: "manifests",
  directory: "local/tools/manifests",
  forRealNodes: false,
  packages: { kubeconform: "github.com/yannh/kubeconform/cmd/kubeconform" },
};

/** Room for modules, build cache and binaries of a cold build, in bytes: this project's own margin. */
const coldBuildDisk = 8 * 2 ** 30;
const smallBuildDisk = 2 ** 29;

/** Version of a module in a go.mod, e.g. `v1.35.4`. */
export function pinnedVersion(goMod: string, module: string): string {
  const escaped = module.replaceAll(".", "\\.");
  const version = new RegExp(`^\\s*(?:require\\s+)?${escaped} (v\\S+)`, "m").exec(goMod)?.[1];
  if (version === undefined) throw new Error(`go.mod does not require ${module}`);
  return version;
}

/** Linker flags: small binaries that know which Kubernetes they are. */
export function linkerFlags(goMod: string): string {
  const flags = ["-s", "-w"];
  if (!goMod.includes("k8s.io/kubernetes v")) return flags.join(" ");
  const version = pinnedVersion(goMod, "k8s.io/kubernetes");
  const [major, minor] = version.slice(1).split(".");
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  for (const name of ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]) {
    for (const [variable, value] of Object.entries(variables)) flags.push("-X", `${name}.${variable}=${value}`);
  }
  return flags.join(" ");
}

export type BuildProgress = (message: string) => void;

/**
 * Builds what is missing or out of date; what is there is kept.
 * @returns names of the groups that were built.
 * @throws UserError when there is no Go, too little disk, or a build fails.
 */
export async function buildTools(platform: Platform, nodes: NodeKind, progress: BuildProgress): Promise<string[]> {
  const wanted = groups.filter(({ forRealNodes }) => nodes === "real" || !forRealNodes);
  return buildMissing(platform, wanted, coldBuildDisk, progress);
}

/**
 * Builds kubeconform where it is missing or out of date.
 * @throws as `buildTools`.
 */
export async function buildKubeconform(platform: Platform, progress: BuildProgress): Promise<void> {
  await buildMissing(platform, [manifestTools], smallBuildDisk, progress);
}

async function buildMissing(
  platform: Platform,
  wanted: readonly ToolGroup[],
  disk: number,
  progress: BuildProgress,
): Promise<string[]> {
  const built: string[] = [];
  for (const group of wanted) {
    const source = join(platform.root, group.directory);
    const flags = linkerFlags(readFileSync(join(source, "go.mod"), "utf8"));
    const fingerprint = createHash("sha256")
      .update([...sourcesIn(source), flags].join("\0"))
      .digest("hex");
    const stamp = stampOf(platform, group.name);
    const binaries = Object.keys(group.packages).map((name) => join(platform.tools, "bin", name));
    const current = existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint;
    if (current && binaries.every((file) => existsSync(file))) continue;
    await requireGo();
    requireDisk(platform.tools, disk, "build the tools");
    await buildGroup(platform, group, source, flags, progress);
    writeFileSync(stamp, fingerprint);
    built.push(group.name);
  }
  return built;
}

/** Contents of everything that a build may depend on: what pins the module, sources, and files that they embed. */
export const sourcesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith("_test.go"))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort()
    .flatMap((name) => [name, readFileSync(join(directory, name), "utf8")]);

async function requireGo(): Promise<void> {
  const { exitCode } = await run("go", ["version"]);
  if (exitCode === 0) return;
  throw new UserError(
    "there is no Go compiler on PATH",
    "install Go 1.26 or newer (https://go.dev/dl); no C compiler is needed",
  );
}

async function buildGroup(
  platform: Platform,
  group: ToolGroup,
  source: string,
  flags: string,
  progress: BuildProgress,
): Promise<void> {
  const packages = Object.values(group.packages);
  const staging = join(platform.tools, `${group.name}.building`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const go = async (args: string[], onLine?: RunOptions["onLine"]): Promise<string> => {
    const { exitCode, stdout, output } = await run("go", args, {
      cwd: source,
      env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false" },
      ...(onLine && { onLine }),
    });
    if (exitCode === 0) return stdout;
    rmSync(staging, { recursive: true, force: true });
    throw buildFailure(group, output);
  };

  progress(`${group.name}: fetching sources`);
  await go(["mod", "download"]);
  const total = (await go(["list", "-deps", ...packages])).split("\n").length;
  // -v names each package as it is compiled; those that the build cache has are not named.
  let compiled = 0;
  await go(["build", "-v", "-trimpath", "-ldflags", flags, "-o", `${staging}/`, ...packages], () => {
    compiled += 1;
    progress(`${group.name}: compiled ${compiled} of at most ${total} packages`);
  });
  mkdirSync(join(platform.tools, "bin"), { recursive: true });
  for (const [name, path] of Object.entries(group.packages)) {
    renameSync(join(staging, outputName(path)), join(platform.tools, "bin", name));
  }
  rmSync(staging, { recursive: true, force: true });
}

/** The name that `go build` gives a binary: the last element of the path that is no major version. */
export const outputName = (path: string): string =>
  path
    .replace(/\/v\d+$/, "")
    .split("/")
    .at(-1) ?? path;

function buildFailure({ name, directory }: ToolGroup, text: string): UserError {
  if (/no space left on device/i.test(text)) {
    return new UserError(
      `the disk filled up while building ${name}`,
      'free space ("go clean -cache" helps), then run it again',
    );
  }
  return new UserError(
    `building ${name} failed`,
    `mend it, or run "go build" in ${directory} to see more`,
    lastLines(text, 5),
  );
}
