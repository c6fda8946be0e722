import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { down } from "../../../local/down.js";
import { nodeObjects, outdatedNodes } from "../../../local/nodes/objects.js";
import { plannedNodes } from "../../../local/nodes/pools.js";
import { localPlatform, root } from "../../../local/platform.js";
import { endProcesses, forgetStrangers, isAlive, ownProcesses } from "../../../local/processes.js";
import { overlaid } from "../../../local/render/stackFile.js";
import { localConfig } from "../../../local/stack.js";
import type { CityConfig } from "../../../stacks/config.js";
import { pinnedVersion } from "../../../local/tools.js";
import { versions } from "../../../stacks/versions.js";

let directory: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "safety-"));
  mkdirSync(join(directory, "bin"));
  mkdirSync(join(directory, "pids"));
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(directory, { recursive: true });
});

/** Starts a process and records it as the control plane's, whether it is or not. */
function record(name: string, program: string): number {
  const child = spawn(program, ["60"], { stdio: "ignore" });
  started.push(child);
  const { pid = 0 } = child;
  writeFileSync(join(directory, "pids", `${name}.pid`), `${pid}\n`);
  return pid;
}

describe("after a reboot process ids belong to others", () => {
  test("a stranger's process is forgotten, never ended", async () => {
    const program = join(directory, "bin", "etcd");
    symlinkSync("/bin/sleep", program);
    const own = record("etcd", program);
    const stranger = record("kube-apiserver", "/bin/sleep");
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(forgetStrangers(directory)).toEqual([own]);
    expect(existsSync(join(directory, "pids", "kube-apiserver.pid"))).toBe(false);
    await endProcesses(ownProcesses(directory));
    expect([isAlive(own), isAlive(stranger)]).toEqual([false, true]);
  });
});

describe("make down removes what make up wrote, and nothing else", () => {
  test("a file of somebody else in the platform's directory stays", async () => {
    mkdirSync(join(directory, "platform", "state"), { recursive: true });
    writeFileSync(join(directory, "platform", "mine.txt"), "mine");
    await down({ ...localPlatform({}), directory: join(directory, "platform") });
    expect(existsSync(join(directory, "platform", "state"))).toBe(false);
    expect(readFileSync(join(directory, "platform", "mine.txt"), "utf8")).toBe("mine");
  });

  test("settings that are set to nothing count as not set", () => {
    const empty = { NUSANTARA_DIRECTORY: "", NUSANTARA_PROJECT: "", NUSANTARA_PORT_BASE: "" };
    expect(localPlatform(empty)).toEqual(localPlatform({}));
    expect(localPlatform(empty).directory).toBe(join(root, ".local", "platform"));
  });
});

describe("simulated nodes", () => {
  const config = localConfig(localPlatform({}), "bandung");

  test("are made anew when their size or dedication changes, and left alone otherwise", () => {
    const objects = (wanted: CityConfig) => nodeObjects(wanted, plannedNodes(wanted));
    const before = objects(config);
    const { general, database } = config.nodePools;
    if (!general || !database) throw new Error("bandung has both pools");
    const after = objects({
      ...config,
      nodePools: {
        ...config.nodePools,
        general: { ...general, class: "heavy" },
        database: { ...database, dedicatedTo: "cache" },
      },
    });
    expect(outdatedNodes(before, before)).toEqual([]);
    expect(outdatedNodes(before, after).map(({ metadata }) => metadata.name)).toEqual([
      "bandung-general-1",
      "bandung-general-2",
      "bandung-database-1",
      "bandung-database-2",
    ]);
  });
});

test("an overlay takes a key away with null", () => {
  expect(overlaid({ a: 1, b: 2 }, { a: null, c: 3 })).toEqual({ b: 2, c: 3 });
});

test("the local control planes are of the Kubernetes minor that production pins", () => {
  const goMod = readFileSync(join(root, "local", "tools", "kubernetes", "go.mod"), "utf8");
  expect(pinnedVersion(goMod, "k8s.io/kubernetes")).toMatch(new RegExp(`^v${versions.kubernetes}\\.\\d+$`));
});
