import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildImages } from "../../images/builder/index.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { platformGroup } from "../machines/directories.js";
import { obstacle } from "../machines/requirements.js";
import { commandLine, localPlatform, root, type NodeKind, type Platform } from "../platform.js";
import { run } from "../process.js";
import { commitRows } from "./commit.js";
import { entryPointRows } from "./entryPoints.js";
import { restoreRows } from "./restores.js";

/** Ports of the platform that is measured, away from those of one that may be running. */
const benchPortBase = "29000";

/** A platform of the benchmark's own. */
const directory = join(root, ".local", "bench");

/** Seconds that a command takes; it throws with the command's output when that fails. */
async function timed(name: string, nodes: NodeKind): Promise<number> {
  const start = performance.now();
  const env = {
    NUSANTARA_DIRECTORY: join(directory, "platform"),
    NUSANTARA_PORT_BASE: benchPortBase,
    ENGINE: "kubectl",
    NODES: nodes,
    CITIES: "",
  };
  const { exitCode, output } = await run(process.execPath, [commandLine, name], { env });
  if (exitCode !== 0) throw new Error(output);
  return (performance.now() - start) / 1000;
}

const seconds = (time: number): string => `${time.toFixed(1)} s`;

/** Measures a platform that is gone at the end, whatever happens to it; an interrupted run's is gone before. */
async function withPlatform(nodes: NodeKind, measure: () => Promise<string[][]>): Promise<string[][]> {
  await timed("down", "simulated");
  try {
    const up = await timed("up", nodes);
    const again = await timed("up", nodes);
    const rows = await measure();
    const down = await timed("down", "simulated");
    const limits = nodes === "real" ? ["240 s", ""] : ["60 s", "15 s"];
    return [
      [`make up NODES=${nodes}, all built, three cities`, seconds(up), limits[0] ?? ""],
      ["  make up again, nothing to change", seconds(again), limits[1] ?? ""],
      ...rows,
      ["  make down", seconds(down), ""],
    ];
  } catch (error) {
    await timed("down", "simulated");
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Times of a platform's life with each kind of nodes, the memory of its control planes, and what it costs idle. */
export async function platformRows(platform: Platform): Promise<string[][]> {
  if (!existsSync(join(platform.tools, "bin", "kube-apiserver"))) {
    return [["local platform", "not measured: no tools yet, run make tools", ""]];
  }
  const simulated = await withPlatform("simulated", () =>
    Promise.resolve([
      [
        "  memory of the largest control plane",
        largestControlPlane(join(directory, "platform", "kwok", "clusters")),
        "600 MB",
      ],
    ]),
  );
  const reason = await obstacle(platform);
  if (reason !== undefined) return [...simulated, ["real nodes", `not measured: ${reason}`, ""]];
  const images = await coldImages(platform);
  const real = await withPlatform("real", async () => [
    ["  CPU of all of it when idle, over a minute", `${(await idleCores()).toFixed(2)} cores`, "1 core"],
    ...(await entryPointRows(benchPlatform())),
    ...(await commitRows(benchPlatform())),
    ...(await restoreRows(benchPlatform())),
  ]);
  return [...simulated, images, ...real];
}

/** All images from nothing, in a directory of their own. */
async function coldImages({ root: source, tools }: Platform): Promise<string[]> {
  const images = join(directory, "images");
  rmSync(images, { recursive: true, force: true });
  const start = performance.now();
  await buildImages({ root: source, tools, directory: images, progress: () => undefined });
  const time = (performance.now() - start) / 1000;
  rmSync(images, { recursive: true, force: true });
  return ["all images, from nothing", seconds(time), "360 s"];
}

const benchPlatform = (): Platform =>
  localPlatform({ NUSANTARA_DIRECTORY: join(directory, "platform"), NUSANTARA_PORT_BASE: benchPortBase });

/** Cores that the platform of the benchmark uses on average over a minute, out of its control groups. */
async function idleCores(): Promise<number> {
  const group = platformGroup(benchPlatform());
  // What has just started is not idle yet.
  await sleep(30_000);
  const before = group.cpuSeconds();
  await sleep(60_000);
  return (group.cpuSeconds() - before) / 60;
}

/**
 * Memory of the processes of the largest control plane. The proportional size counts the pages that the three control
 * planes share, those of their programs, once; the resident size counts them in each.
 */
function largestControlPlane(clusters: string): string {
  const totals = cityNames(nusantara).map((city) => {
    const directory = join(clusters, city, "pids");
    const pids = readdirSync(directory).map((file) => readFileSync(join(directory, file), "utf8").trim());
    return { proportional: sumOf(pids, "Pss"), resident: sumOf(pids, "Rss") };
  });
  const largest = totals.sort((a, b) => b.proportional - a.proportional)[0];
  return `${largest?.proportional ?? 0} MB proportional, ${largest?.resident ?? 0} MB resident`;
}

/** A size of all processes together, in megabytes (proc_pid_smaps(5)). */
function sumOf(pids: readonly string[], size: "Pss" | "Rss"): number {
  const kibibytes = pids.map((pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(new RegExp(`^${size}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
  });
  return Math.round((kibibytes.reduce((sum, value) => sum + value, 0) * 1024) / 1e6);
}
