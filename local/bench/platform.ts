import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { commandLine, root, type Platform } from "../platform.js";
import { run } from "../process.js";

/** Ports of the platform that is measured, away from those of one that may be running. */
const benchPortBase = "29000";

/** Times of a platform's life, and the memory of its control planes. It is a platform of its own, and gone at the end. */
export async function platformRows(platform: Platform): Promise<string[][]> {
  if (!existsSync(join(platform.tools, "bin", "kube-apiserver"))) {
    return [["local platform", "not measured: no tools yet, run make tools", ""]];
  }
  const directory = join(root, ".local", "bench");
  const command = async (name: string): Promise<string> => {
    const start = performance.now();
    const env = {
      NUSANTARA_DIRECTORY: join(directory, "platform"),
      NUSANTARA_PORT_BASE: benchPortBase,
      ENGINE: "kubectl",
      CITIES: "",
    };
    const { exitCode, output } = await run(process.execPath, [commandLine, name], { env });
    if (exitCode !== 0) throw new Error(output);
    return `${((performance.now() - start) / 1000).toFixed(1)} s`;
  };
  // What an interrupted run left.
  await command("down");
  try {
    const up = await command("up");
    const again = await command("up");
    const memory = largestControlPlane(join(directory, "platform", "kwok", "clusters"));
    const down = await command("down");
    return [
      ["make up, tools built, three cities", up, "60 s"],
      ["make up again, nothing to change", again, "15 s"],
      ["memory of the largest control plane", memory, "600 MB"],
      ["make down", down, ""],
    ];
  } catch (error) {
    await command("down");
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
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
