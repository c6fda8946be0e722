import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  initScript,
  logScript,
  nodeCommands,
  quoted,
  runScript,
  startScript,
} from "../../../../local/machines/scripts.js";

/** Runs a text with the shell that runs the scripts of nodes. */
function shell(text: string, ...options: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync("sh", [...options, "-c", text], { encoding: "utf8" });
  return { status, stdout, stderr };
}

const awkward = ["it's", 'say "no"', "two  spaces", "$HOME `id` $(id)", "back\\slash", "new\nline", "*", "#not", "-n"];

/** Any text that can be an argument of a program. */
const word = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !text.includes("\0"));

describe("a word for a shell", () => {
  test("arrives as it was, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.constantFrom(...awkward)), { minLength: 1, maxLength: 20 }), (words) => {
        const { stdout } = shell(`printf '%s\\0' ${words.map(quoted).join(" ")}`);
        expect(stdout.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 60, examples: [[awkward], [[""]]] },
    );
  });

  test("may be empty", () => {
    expect(quoted("")).toBe("''");
  });
});

let directory = "";
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "scripts-")), `an "odd" one's $place`);
  mkdirSync(directory);
});
afterEach(() => {
  rmSync(join(directory, ".."), { recursive: true });
});

describe("the script that starts a node", () => {
  test("joins every control group, and becomes the command with its arguments as they are", () => {
    const joinFiles = ["one", "two"].map((name) => join(directory, name));
    const { status, stdout } = shell(startScript({ joinFiles, command: ["printf", "%s\\0", ...awkward] }));
    expect([status, stdout.split("\0").slice(0, -1)]).toEqual([0, awkward]);
    expect(joinFiles.map((file) => readFileSync(file, "utf8"))).toEqual(["0\n", "0\n"]);
  });

  test("starts nothing when a control group can't be joined: it could not be ended again", () => {
    const joinFiles = [join(directory, "missing", "cgroup.procs")];
    const { status, stdout } = shell(startScript({ joinFiles, command: ["echo", "started"] }));
    expect(status).not.toBe(0);
    expect(stdout).toBe("");
  });

  test("passes on nothing of the environment that it was called in, and still finds programs", () => {
    const script = startScript({ joinFiles: [], command: ["env"] });
    const { stdout } = spawnSync("sh", ["-c", script], {
      encoding: "utf8",
      env: { ...process.env, HTTPS_PROXY: "http://robot:hunter2@proxy", NUSANTARA_TOKEN: "hunter2" },
    });
    expect(stdout).toMatch(/^PATH=\S+bin/m);
    expect(stdout).not.toMatch(/hunter2|PROXY|NUSANTARA/);
  });

  test("joins before it enters the network namespace, and enters none unless it is told to", () => {
    const lines = startScript({ joinFiles: ["/a"], namespace: "/run/netns/n", command: ["init"] }).split("\n");
    expect(lines.at(-3)).toBe("echo 0 > '/a'");
    expect(lines.at(-2)).toMatch(/^exec .*'nsenter' '--net=\/run\/netns\/n' 'init'$/);
    expect(startScript({ joinFiles: [], command: ["init"] })).not.toContain("nsenter");
  });
});

describe("the first process of a node", () => {
  const args = () => ({
    directory,
    tools: join(directory, "tool's"),
    volumes: join(directory, "vol umes"),
  });

  /** What the script does, line by line. */
  const lines = () => initScript(args()).split("\n");
  const cover = "mount --move run /run";

  test("binds everything of the machine before its own /run covers the machine's", () => {
    const position = lines().indexOf(cover);
    expect(position).toBeGreaterThan(0);
    const outside = [".", quoted(args().tools), quoted(args().volumes)];
    for (const source of outside) {
      const at = lines().findIndex((line) => line.startsWith(`mount --bind ${source} run/`));
      expect([source, at > 0 && at < position]).toEqual([source, true]);
    }
    // Whatever is named later may lie under something that is hidden by then.
    expect(lines().slice(position).join("\n")).not.toContain("odd");
  });

  test("makes every place that it binds to", () => {
    const made = lines()
      .filter((line) => line.startsWith("mkdir "))
      .flatMap((line) => line.split(" ").slice(1));
    const targets = lines().flatMap((line) => /^mount --bind .* (run\/\w+)$/.exec(line)?.[1] ?? []);
    expect(targets).toHaveLength(3);
    expect(targets.filter((target) => !made.includes(target))).toEqual([]);
  });

  test("binds the very paths that it was given, with spaces and quotes in them", () => {
    mkdirSync(join(directory, "run"));
    mkdirSync(join(directory, "services"));
    const text = lines().slice(0, lines().indexOf(cover)).join("\n");
    // Nothing is mounted: only what would be is written down.
    const mount = `mount() { printf '%s\\0' "$@"; printf '\\n'; }`;
    const { status, stdout, stderr } = shell(`${mount}\n${text}`);
    expect([status, stderr]).toEqual([0, ""]);
    const mounts = stdout.split("\0\n").map((line) => line.split("\0"));
    expect(mounts).toContainEqual(["--bind", args().tools, "run/tools"]);
    expect(mounts).toContainEqual(["--bind", args().volumes, "run/volumes"]);
    expect(mounts).toContainEqual(["--bind", ".", "run/node"]);
  });

  test("hides the kernel's settings behind the values that the kubelet insists on, and never writes to them", () => {
    const written = lines().filter((line) => line.startsWith("echo "));
    for (const line of written) expect(line).toMatch(/^echo \d+ > \/run\/lock\/[\w.]+$/);
    const hidden = lines().flatMap((line) => {
      const match = /^mount --bind (\S+) \/proc\/sys\/(\S+)$/.exec(line);
      const value = written.find((each) => each.endsWith(` ${match?.[1] ?? "none"}`))?.split(" ")[1];
      return match ? [[match[2], value]] : [];
    });
    // pkg/kubelet/cm/container_manager_linux.go
    expect(Object.fromEntries(hidden)).toEqual({
      "vm/overcommit_memory": "1",
      "vm/panic_on_oom": "0",
      "kernel/panic": "10",
      "kernel/panic_on_oops": "1",
      "kernel/keys/root_maxkeys": "1000000",
      "kernel/keys/root_maxbytes": "25000000",
    });
  });

  test("ends as the supervisor of the node's programs, after every mount", () => {
    expect(lines().slice(-2)).toEqual(["exec s6-svscan -t0 /run/services", ""]);
  });
});

describe("every script", () => {
  const scripts = (path: string): string[] => [
    startScript({ joinFiles: [path], namespace: path, command: [path, path] }),
    initScript({ directory: path, tools: path, volumes: path }),
    runScript([quoted(path)]),
    logScript(path),
  ];

  test("is one that a shell understands, whatever its paths are", () => {
    fc.assert(
      fc.property(fc.oneof(word, fc.constantFrom(...awkward)), (path) => {
        for (const script of scripts(path)) {
          expect(script).toMatch(/^#!\/bin\/sh\n/);
          const { status, stderr } = spawnSync("sh", ["-n"], { input: script, encoding: "utf8" });
          expect([status, stderr]).toEqual([0, ""]);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("that sets something up stops at the first thing that fails", () => {
    for (const script of scripts("/tmp").slice(0, 2)) expect(script.split("\n")[1]).toBe("set -eu");
  });
});

test("the programs of a node are words that a shell leaves alone", () => {
  const group = "/nusantara-0a1b2c3d/node-a";
  const commands = nodeCommands({ name: "jakarta-general-1", address: "10.11.0.2", controlGroup: group });
  expect(Object.keys(commands).sort()).toEqual(["containerd", "kube-proxy", "kubelet"]);
  for (const command of Object.values(commands)) {
    const { stdout } = shell(`printf '%s\\0' ${command.join(" ")}`);
    expect(stdout.split("\0").slice(0, -1)).toEqual(command);
  }
});
