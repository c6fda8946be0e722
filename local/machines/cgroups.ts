import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, signalIfThere } from "../processes.js";

/** A mounted cgroup hierarchy. */
export interface Hierarchy {
  mountPoint: string;
  /** Controllers of a version 1 hierarchy, e.g. `["cpu", "cpuacct"]`; undefined for the unified one. */
  controllers?: readonly string[];
}

/** The hierarchies in a text like /proc/self/mountinfo, whose fields are described in proc_pid_mountinfo(5). */
export function parseHierarchies(mountInfo: string): Hierarchy[] {
  return mountInfo.split("\n").flatMap((line): Hierarchy[] => {
    const [before = "", after = ""] = line.split(" - ");
    const mountPoint = before.split(" ")[4] ?? "";
    const [type, , options = ""] = after.split(" ");
    if (type === "cgroup2") return [{ mountPoint }];
    if (type !== "cgroup") return [];
    const flags = new Set(["rw", "ro", "xattr", "clone_children", "none"]);
    return [
      { mountPoint, controllers: options.split(",").filter((option) => !flags.has(option) && !option.includes("=")) },
    ];
  });
}

/** Controllers of the unified hierarchy that a kubelet works with. */
const kubeletControllers = ["cpu", "cpuset", "io", "memory", "pids"];

export const hierarchies = (): Hierarchy[] => parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"));

const has = (hierarchy: Hierarchy, controller: string): boolean => hierarchy.controllers?.includes(controller) ?? false;

/** A control group of ours: the same path in every hierarchy of the machine. */
export class ControlGroup {
  constructor(
    /** From the root of a hierarchy, e.g. `/nusantara-1a2b3c4d/jakarta-database-1`. */
    readonly path: string,
    private readonly all: readonly Hierarchy[] = hierarchies(),
  ) {}

  /**
   * Makes the group, and those above it, where they are missing.
   * @param weight share of the processors beside the group's neighbours while there are too few, as cpu.weight of
   *   cgroups(7): 1 to 10 000. @default what it has: the kernel begins with 100
   */
  create(weight?: number): void {
    for (const hierarchy of this.all) {
      for (const directory of this.chain(hierarchy)) {
        if (!existsSync(directory)) mkdirSync(directory);
        // A version 1 cpuset takes no process before it is told what it may use.
        if (has(hierarchy, "cpuset")) {
          for (const file of ["cpuset.cpus", "cpuset.mems"])
            writeFileSync(join(directory, file), readFileSync(join(hierarchy.mountPoint, file), "utf8"));
        }
      }
      if (hierarchy.controllers === undefined) this.delegate(hierarchy);
      if (weight !== undefined) this.weigh(hierarchy, weight);
    }
  }

  /** Files that a process writes `0` to in order to join. */
  get joinFiles(): string[] {
    return this.all.map((hierarchy) => join(hierarchy.mountPoint, this.path, "cgroup.procs"));
  }

  get exists(): boolean {
    return this.all.some(({ mountPoint }) => existsSync(join(mountPoint, this.path)));
  }

  /** Processes of the group and of those below it, whoever started them. */
  processes(): number[] {
    const found = this.all.flatMap(({ mountPoint }) =>
      descendants(join(mountPoint, this.path)).flatMap((directory) =>
        readIfThere(join(directory, "cgroup.procs"))
          .split("\n")
          .filter((line) => line !== "" && line !== "0")
          .map(Number),
      ),
    );
    return [...new Set(found)];
  }

  /** Seconds of CPU that the group and those below it have used since it was made. */
  cpuSeconds(): number {
    const legacy = this.all.find((hierarchy) => has(hierarchy, "cpuacct"));
    if (legacy) return Number(readIfThere(join(legacy.mountPoint, this.path, "cpuacct.usage"))) / 1e9;
    const unified = this.all.find(({ controllers }) => controllers === undefined);
    const text = unified ? readIfThere(join(unified.mountPoint, this.path, "cpu.stat")) : "";
    return Number(/^usage_usec (\d+)$/m.exec(text)?.[1] ?? 0) / 1e6;
  }

  /** Stops every process of the group where it stands, as a paused machine, or lets them go on. */
  setFrozen(frozen: boolean): void {
    for (const hierarchy of this.all) {
      const directory = join(hierarchy.mountPoint, this.path);
      if (has(hierarchy, "freezer")) writeFileSync(join(directory, "freezer.state"), frozen ? "FROZEN" : "THAWED");
      const unified = join(directory, "cgroup.freeze");
      if (hierarchy.controllers === undefined && !this.hasFreezer && existsSync(unified))
        writeFileSync(unified, frozen ? "1" : "0");
    }
  }

  get isFrozen(): boolean {
    return this.all.some(({ mountPoint }) => {
      const directory = join(mountPoint, this.path);
      return (
        readIfThere(join(directory, "freezer.state")).startsWith("FR") ||
        readIfThere(join(directory, "cgroup.freeze")).startsWith("1")
      );
    });
  }

  /** Ends every process of the group, the frozen ones included, without asking them. */
  async kill(): Promise<void> {
    if (!this.exists) return;
    // Processes that are about to be forked are missed by one pass.
    for (let waited = 0; waited < 20_000; waited += 100) {
      const left = this.processes().filter(isAlive);
      if (left.length === 0) return;
      for (const pid of left) signalIfThere(pid, "SIGKILL");
      // A frozen process dies only when it thaws, whichever group froze it.
      this.thawAll();
      await sleep(100);
    }
    throw new Error(`processes ${this.processes().join(", ")} of ${this.path} don't end`);
  }

  /** Removes the group and those below it. There must be no processes left. */
  async remove(): Promise<void> {
    for (const { mountPoint } of this.all) {
      for (const directory of descendants(join(mountPoint, this.path)).reverse()) await removeGroup(directory);
    }
  }

  private thawAll(): void {
    for (const directory of this.all.flatMap(({ mountPoint }) => descendants(join(mountPoint, this.path)))) {
      if (readIfThere(join(directory, "freezer.state")).startsWith("FR"))
        writeFileSync(join(directory, "freezer.state"), "THAWED");
      if (readIfThere(join(directory, "cgroup.freeze")).startsWith("1"))
        writeFileSync(join(directory, "cgroup.freeze"), "0");
    }
  }

  private get hasFreezer(): boolean {
    return this.all.some((hierarchy) => has(hierarchy, "freezer"));
  }

  private weigh(hierarchy: Hierarchy, weight: number): void {
    const directory = join(hierarchy.mountPoint, this.path);
    const unified = join(directory, "cpu.weight");
    if (hierarchy.controllers === undefined && existsSync(unified)) writeFileSync(unified, `${weight}`);
    // Version 1 begins with 1024.
    if (has(hierarchy, "cpu")) writeFileSync(join(directory, "cpu.shares"), `${Math.round((weight * 1024) / 100)}`);
  }

  /** Directories from below the root down to the group. */
  private chain({ mountPoint }: Hierarchy): string[] {
    const parts = this.path.split("/").filter((part) => part !== "");
    return parts.map((_, index) => join(mountPoint, ...parts.slice(0, index + 1)));
  }

  /** Hands the unified hierarchy's controllers down to the groups below this one's parents. */
  private delegate(hierarchy: Hierarchy): void {
    const words = (file: string): string[] => readIfThere(file).trim().split(" ").filter(Boolean);
    const available = words(join(hierarchy.mountPoint, "cgroup.controllers"));
    for (const directory of [hierarchy.mountPoint, ...this.chain(hierarchy).slice(0, -1)]) {
      const file = join(directory, "cgroup.subtree_control");
      const missing = kubeletControllers.filter((name) => available.includes(name) && !words(file).includes(name));
      if (missing.length > 0) writeFileSync(file, missing.map((name) => `+${name}`).join(" "));
    }
  }
}

/** A directory and those below it, from the top; none where it does not exist. */
function descendants(directory: string): string[] {
  try {
    const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [directory, ...below.flatMap(({ name }) => descendants(join(directory, name)))];
  } catch (error) {
    // Groups come and go with the pods that they hold.
    if (["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    // ENODEV: the group was removed while the file was open. EOPNOTSUPP: a threaded group lists no processes.
    if (["ENOENT", "ENODEV", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

/** The kernel lets go of a group a moment after its last process has ended. */
async function removeGroup(directory: string): Promise<void> {
  for (let waited = 0; ; waited += 100) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || waited >= 10_000) throw error;
      await sleep(100);
    }
  }
}
