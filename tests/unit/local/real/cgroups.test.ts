import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ControlGroup, parseHierarchies, type Hierarchy } from "../../../../local/machines/cgroups.js";
import { nodeGroup, platformGroup, systemGroup } from "../../../../local/machines/directories.js";
import { localPlatform } from "../../../../local/platform.js";
import { isAlive } from "../../../../local/processes.js";

const others = [
  "22 28 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw",
  "23 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:14 - proc proc rw",
  "28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro",
  "30 22 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,size=4096k,nr_inodes=1024,mode=755",
];

const legacy = [
  "32 30 0:28 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd",
  "35 30 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct",
  "36 30 0:32 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,cpuset,clone_children",
  "37 30 0:33 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,memory",
  "38 30 0:34 / /sys/fs/cgroup/job rw,nosuid,nodev,noexec,relatime - cgroup none rw,release_agent=/bin/true,name=job",
];

const unified =
  "31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate";

describe("the control groups of a machine", () => {
  test("of version 1 are one hierarchy for each mount, with its controllers", () => {
    expect(parseHierarchies([...others, ...legacy].join("\n"))).toEqual([
      { mountPoint: "/sys/fs/cgroup/systemd", controllers: [] },
      { mountPoint: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"] },
      { mountPoint: "/sys/fs/cgroup/cpuset", controllers: ["cpuset"] },
      { mountPoint: "/sys/fs/cgroup/memory", controllers: ["memory"] },
      { mountPoint: "/sys/fs/cgroup/job", controllers: [] },
    ]);
  });

  test("of both versions side by side are told apart", () => {
    const found = parseHierarchies([...others, unified, ...legacy].join("\n"));
    expect(found.filter(({ controllers }) => controllers === undefined)).toEqual([
      { mountPoint: "/sys/fs/cgroup/unified" },
    ]);
    expect(found).toHaveLength(1 + legacy.length);
  });

  test("of version 2 are one hierarchy, whose controllers stand in its files", () => {
    const line =
      "26 22 0:23 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot";
    expect(parseHierarchies([...others.slice(0, 3), line].join("\n"))).toEqual([{ mountPoint: "/sys/fs/cgroup" }]);
  });

  test("are found whatever optional fields a mount has, and none where none is mounted", () => {
    const bare = "37 30 0:33 / /cg/memory rw - cgroup cgroup rw,memory";
    const many = "38 30 0:34 /box /cg/pids rw master:2 propagate_from:3 - cgroup cgroup rw,pids";
    expect(parseHierarchies(`${bare}\n${many}\n`)).toEqual([
      { mountPoint: "/cg/memory", controllers: ["memory"] },
      { mountPoint: "/cg/pids", controllers: ["pids"] },
    ]);
    expect(parseHierarchies(others.join("\n"))).toEqual([]);
    expect(parseHierarchies("")).toEqual([]);
  });
});

let root: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cgroups-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(root, { recursive: true });
});

/** A hierarchy that is a plain directory. */
function hierarchy(name: string, controllers?: readonly string[], files: Record<string, string> = {}): Hierarchy {
  const mountPoint = join(root, name);
  mkdirSync(mountPoint);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(mountPoint, file), text);
  return { mountPoint, ...(controllers && { controllers }) };
}

const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8");

/** A process that somebody has put into a group. */
function processIn(...directory: string[]): number {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  children.push(child);
  const { pid = 0 } = child;
  writeFileSync(join(root, ...directory, "cgroup.procs"), `${pid}\n`);
  return pid;
}

describe("making a control group", () => {
  test("makes it in every hierarchy, with those above it", () => {
    const all = [hierarchy("memory", ["memory"]), hierarchy("systemd", []), hierarchy("unified")];
    const group = new ControlGroup("/nusantara-1/node-a/system", all);
    expect(group.exists).toBe(false);
    group.create();
    expect(group.exists).toBe(true);
    for (const { mountPoint } of all) expect(existsSync(join(mountPoint, "nusantara-1/node-a/system"))).toBe(true);
  });

  test("tells a version 1 cpuset what it may use, from the top down: it takes no process before", () => {
    const all = [hierarchy("cpuset", ["cpuset"], { "cpuset.cpus": "0-3\n", "cpuset.mems": "0\n" })];
    new ControlGroup("/nusantara-1/node-a", all).create();
    for (const level of ["nusantara-1", "nusantara-1/node-a"]) {
      expect([read("cpuset", level, "cpuset.cpus"), read("cpuset", level, "cpuset.mems")]).toEqual(["0-3\n", "0\n"]);
    }
  });

  test("does so where cpuset shares its hierarchy, and nowhere else", () => {
    const shared = { "cpuset.cpus": "0\n", "cpuset.mems": "0\n" };
    new ControlGroup("/a", [hierarchy("both", ["cpu", "cpuset"], shared), hierarchy("memory", ["memory"])]).create();
    expect(readdirSync(join(root, "both", "a")).sort()).toEqual(["cpuset.cpus", "cpuset.mems"]);
    expect(readdirSync(join(root, "memory", "a"))).toEqual([]);
  });

  test("hands the controllers of version 2 down to the group, but not below it: it holds processes", () => {
    // Those that a kubelet has no use for stay as they are.
    const controllers = "cpuset cpu io memory hugetlb pids rdma\n";
    new ControlGroup("/nusantara-1/node-a", [
      hierarchy("unified", undefined, { "cgroup.controllers": controllers }),
    ]).create();
    for (const level of [".", "nusantara-1"]) {
      const enabled = read("unified", level, "cgroup.subtree_control").split(" ");
      expect(enabled.sort()).toEqual(["+cpu", "+cpuset", "+io", "+memory", "+pids"]);
    }
    expect(readdirSync(join(root, "unified", "nusantara-1", "node-a"))).toEqual([]);
  });

  test("asks for no controller that is handed down already", () => {
    const files = { "cgroup.controllers": "cpu memory pids\n", "cgroup.subtree_control": "cpu memory pids\n" };
    new ControlGroup("/a", [hierarchy("unified", undefined, files)]).create();
    expect(read("unified", "cgroup.subtree_control")).toBe("cpu memory pids\n");
  });

  test("hands nothing down where version 2 is mounted beside version 1 and has no controllers", () => {
    new ControlGroup("/a", [hierarchy("unified", undefined, { "cgroup.controllers": "\n" })]).create();
    expect(existsSync(join(root, "unified", "cgroup.subtree_control"))).toBe(false);
  });

  test("gives it a share of the processors, in the words of either version, and those above it none", () => {
    const all = [hierarchy("cpu", ["cpu", "cpuacct"]), hierarchy("memory", ["memory"]), hierarchy("unified")];
    // The kernel has the file where the group has the controller.
    mkdirSync(join(root, "unified", "nusantara-1", "node-a"), { recursive: true });
    writeFileSync(join(root, "unified", "nusantara-1", "node-a", "cpu.weight"), "100\n");
    new ControlGroup("/nusantara-1/node-a", all).create(400);
    expect(read("cpu", "nusantara-1", "node-a", "cpu.shares")).toBe("4096");
    expect(read("unified", "nusantara-1", "node-a", "cpu.weight")).toBe("400");
    expect(readdirSync(join(root, "memory", "nusantara-1", "node-a"))).toEqual([]);
    expect(readdirSync(join(root, "cpu", "nusantara-1"))).toEqual(["node-a"]);
  });

  test("a second time changes nothing", () => {
    const group = new ControlGroup("/a/b", [hierarchy("memory", ["memory"])]);
    group.create();
    writeFileSync(join(root, "memory", "a", "b", "memory.limit"), "1");
    group.create();
    expect(read("memory", "a", "b", "memory.limit")).toBe("1");
  });
});

describe("a control group", () => {
  test("is joined in every hierarchy: a process that misses one is not found again", () => {
    const group = new ControlGroup("/a/b", [hierarchy("memory", ["memory"]), hierarchy("unified")]);
    expect(group.joinFiles).toEqual([
      join(root, "memory", "a", "b", "cgroup.procs"),
      join(root, "unified", "a", "b", "cgroup.procs"),
    ]);
  });

  test("has the processes of all hierarchies and of the groups below, each once", () => {
    const group = new ControlGroup("/a", [hierarchy("memory", ["memory"]), hierarchy("unified")]);
    group.create();
    mkdirSync(join(root, "memory", "a", "pod", "container"), { recursive: true });
    // 0 stands for a process that can't be seen from here.
    writeFileSync(join(root, "memory", "a", "cgroup.procs"), "11\n12\n0\n");
    writeFileSync(join(root, "memory", "a", "pod", "container", "cgroup.procs"), "13\n");
    writeFileSync(join(root, "unified", "a", "cgroup.procs"), "12\n14\n");
    expect(group.processes().sort()).toEqual([11, 12, 13, 14]);
  });

  test("that is not there has no processes, is not frozen, and can be ended and removed all the same", async () => {
    const group = new ControlGroup("/a", [hierarchy("memory", ["memory"])]);
    expect([group.processes(), group.isFrozen]).toEqual([[], false]);
    await group.kill();
    await group.remove();
  });

  test("is ended with everything in it and below it, and with nobody else", async () => {
    const group = new ControlGroup("/a", [hierarchy("memory", ["memory"])]);
    mkdirSync(join(root, "memory", "a", "pod"), { recursive: true });
    mkdirSync(join(root, "memory", "b"));
    const own = [processIn("memory", "a"), processIn("memory", "a", "pod")];
    const stranger = processIn("memory", "b");
    await group.kill();
    expect([...own, stranger].map(isAlive)).toEqual([false, false, true]);
  });

  test("that is frozen thaws to be ended: a frozen process does not die", async () => {
    const group = new ControlGroup("/a", [hierarchy("freezer", ["freezer"])]);
    group.create();
    group.setFrozen(true);
    expect(group.isFrozen).toBe(true);
    const pid = processIn("freezer", "a");
    await group.kill();
    expect([isAlive(pid), read("freezer", "a", "freezer.state")]).toEqual([false, "THAWED"]);
  });

  test("is ended although a group below it is frozen", async () => {
    const group = new ControlGroup("/a", [hierarchy("freezer", ["freezer"]), hierarchy("unified")]);
    for (const name of ["freezer", "unified"]) mkdirSync(join(root, name, "a", "pod"), { recursive: true });
    writeFileSync(join(root, "freezer", "a", "pod", "freezer.state"), "FROZEN\n");
    writeFileSync(join(root, "unified", "a", "pod", "cgroup.freeze"), "1\n");
    const pid = processIn("freezer", "a", "pod");
    await group.kill();
    expect(isAlive(pid)).toBe(false);
    expect(read("freezer", "a", "pod", "freezer.state")).toBe("THAWED");
    expect(read("unified", "a", "pod", "cgroup.freeze")).toBe("0");
  });

  test("is frozen while the kernel is still at it", () => {
    const group = new ControlGroup("/a", [hierarchy("freezer", ["freezer"])]);
    group.create();
    writeFileSync(join(root, "freezer", "a", "freezer.state"), "FREEZING\n");
    expect(group.isFrozen).toBe(true);
    writeFileSync(join(root, "freezer", "a", "freezer.state"), "THAWED\n");
    expect(group.isFrozen).toBe(false);
  });

  test("is frozen by version 2 where version 1 has no freezer", () => {
    const group = new ControlGroup("/a", [hierarchy("unified"), hierarchy("memory", ["memory"])]);
    group.create();
    writeFileSync(join(root, "unified", "a", "cgroup.freeze"), "0\n");
    group.setFrozen(true);
    expect([read("unified", "a", "cgroup.freeze"), group.isFrozen]).toEqual(["1", true]);
    group.setFrozen(false);
    expect([read("unified", "a", "cgroup.freeze"), group.isFrozen]).toEqual(["0", false]);
    expect(readdirSync(join(root, "memory", "a"))).toEqual([]);
  });
});

describe("removing a control group", () => {
  test("removes those below it first, in every hierarchy, and leaves its neighbours and those above", async () => {
    const all = [hierarchy("memory", ["memory"]), hierarchy("unified")];
    for (const { mountPoint } of all) {
      mkdirSync(join(mountPoint, "nusantara-1", "node-a", "kubepods", "pod-1"), { recursive: true });
      mkdirSync(join(mountPoint, "nusantara-1", "node-a", "system"));
      mkdirSync(join(mountPoint, "nusantara-1", "node-b"));
    }
    await new ControlGroup("/nusantara-1/node-a", all).remove();
    for (const { mountPoint } of all) expect(readdirSync(join(mountPoint, "nusantara-1"))).toEqual(["node-b"]);
  });

  test("never removes what is no group: it fails", async () => {
    const group = new ControlGroup("/a", [hierarchy("memory", ["memory"])]);
    group.create();
    writeFileSync(join(root, "memory", "a", "notes"), "mine");
    await expect(group.remove()).rejects.toThrow("ENOTEMPTY");
    expect(read("memory", "a", "notes")).toBe("mine");
  });
});

describe("the groups of a platform", () => {
  test("stand below one that no other platform has, and a node's own processes apart from its pods", () => {
    const [one, two] = ["/srv/one", "/srv/two"].map((directory) => ({ ...localPlatform({}), directory }));
    if (!one || !two) throw new Error("there are two");
    const top = platformGroup(one).path;
    expect(platformGroup(two).path).not.toBe(top);
    expect(nodeGroup(one, "jakarta-general-1").path).toBe(`${top}/node-jakarta-general-1`);
    expect(systemGroup(one, "jakarta-general-1").path).toBe(`${top}/node-jakarta-general-1/system`);
  });
});
