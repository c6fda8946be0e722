import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseAllDocuments } from "yaml";
import {
  clusterDirectory,
  commandLine,
  kubeCache,
  kubeconfigOf,
  localPlatform,
  portsOf,
  root,
  tool,
  type Platform,
} from "../../local/platform.js";
import { ownPrograms, signalIfThere } from "../../local/processes.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import type { Manifest } from "../../local/render/manifests.js";

/** What a command printed and how it ended. */
export interface CommandResult {
  status: number | null;
  output: string;
}

/**
 * A local platform of a test's own: other directory, other ports, and a copy of the stack files that a test may
 * change. It drives the command line as a user would.
 */
export class Sandbox {
  readonly platform: Platform;
  private readonly directory: string;
  private readonly environment: NodeJS.ProcessEnv;

  /** @param name unique among the tests. @param portBase likewise, with room for thirty ports. */
  constructor(
    private readonly name: string,
    portBase: number,
    environment: NodeJS.ProcessEnv = {},
  ) {
    // The same place every time: what an interrupted run left there is brought down before anything else.
    this.directory = join(root, ".local", "test", name);
    const project = join(this.directory, "project");
    rmSync(project, { recursive: true, force: true });
    const files = [
      "Pulumi.yaml",
      ...cityNames(nusantara).map((city) => `Pulumi.${city}.yaml`),
      join("local", "cities"),
    ];
    for (const file of files) cpSync(join(root, file), join(project, file), { recursive: true });
    this.environment = {
      ...process.env,
      CITIES: "",
      NODES: "simulated",
      ENGINE: "kubectl",
      ...environment,
      NUSANTARA_PROJECT: project,
      NUSANTARA_DIRECTORY: join(this.directory, "platform"),
      NUSANTARA_PORT_BASE: `${portBase}`,
    };
    this.platform = localPlatform(this.environment);
    const built = spawnSync("make", ["--silent", relative(root, commandLine)], { cwd: root, encoding: "utf8" });
    if (built.status !== 0) throw new Error(built.stderr);
    this.run("down");
  }

  /** Runs a command of the local platform's command line, with its options. */
  run(command: string, environment: NodeJS.ProcessEnv = {}): CommandResult {
    const started = Date.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [commandLine, ...command.split(" ")], {
      env: { ...this.environment, ...environment },
      encoding: "utf8",
      timeout: 1_200_000,
    });
    // Jest tells how tests ended once all of a file have: until then this is all that shows where a run is.
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stderr.write(`› ${this.name}: ${command}: ${seconds} s, exit code ${status ?? "none"}\n`);
    return { status, output: `${stdout}${stderr}` };
  }

  /** Like `run`, without waiting: two commands can be under way at once. */
  start(command: string, environment: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    const child = this.launch(command, environment);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((resolve) =>
      child.once("close", (status) => {
        resolve({ status, output });
      }),
    );
  }

  /** A command as a process that a test may end in the middle. */
  launch(command: string, environment: NodeJS.ProcessEnv = {}): ChildProcessByStdio<null, Readable, Readable> {
    return spawn(process.execPath, [commandLine, ...command.split(" ")], {
      env: { ...this.environment, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** What a city's stack registers, as one list for kubectl. */
  renderedObjects(city: string): string {
    const out = join(this.directory, "render");
    const { status, output } = this.run("render", { STACK: city, OUT: out });
    if (status !== 0) throw new Error(output);
    const items = parseAllDocuments(readFileSync(join(out, "manifests.yaml"), "utf8")).map(
      (document) => document.toJS() as Manifest,
    );
    // Redacted values are no base64.
    const plain = items.map((item) => (item.kind === "Secret" ? { ...item, data: {} } : item));
    return JSON.stringify({ apiVersion: "v1", kind: "List", items: plain });
  }

  /** Permission bits of files of the platform, in octal. */
  fileModes(files: readonly string[]): string[] {
    return files.map((file) => (statSync(join(this.platform.directory, file)).mode & 0o777).toString(8));
  }

  /** The lines that say what `up` changed in a city. */
  static changes({ output }: CommandResult, city: string): string[] {
    const lines = output.split("\n");
    const start = lines.findIndex((line) => line.startsWith(`${city}: `));
    const end = lines.findIndex((line, index) => index > start && !line.startsWith("  "));
    return start === -1 ? [] : lines.slice(start, end);
  }

  /** Runs kubectl against a city; throws with its words when it fails. */
  kubectl(city: string, args: readonly string[], input?: string): string {
    const { status, stdout, stderr, error } = spawnSync(
      tool(this.platform, "kubectl"),
      ["--kubeconfig", kubeconfigOf(this.platform, city), ...args],
      {
        encoding: "utf8",
        env: { ...process.env, KUBECACHEDIR: kubeCache(this.platform) },
        // A call into a pod whose node died would wait for ever, and Jest can't end what blocks it.
        timeout: 60_000,
        ...(input !== undefined && { input }),
      },
    );
    if (status !== 0) throw new Error(`kubectl ${args.join(" ")}: ${error?.message ?? stderr}`);
    return stdout;
  }

  /** The objects that `kubectl get` finds. */
  get<Kind extends object = object>(city: string, ...args: string[]): (Manifest & Kind)[] {
    return (JSON.parse(this.kubectl(city, ["get", ...args, "-o", "json"])) as { items: (Manifest & Kind)[] }).items;
  }

  /** Replaces text in a stack's file; throws when it is not there. */
  edit(stack: string, before: string, after: string): void {
    const file = join(this.platform.project, `Pulumi.${stack}.yaml`);
    const text = readFileSync(file, "utf8");
    if (!text.includes(before)) throw new Error(`${file} has no "${before}"`);
    writeFileSync(file, text.replace(before, after));
  }

  /** Programs of a city's control plane that run, with their process ids. */
  processes(city: string): ReadonlyMap<string, number> {
    return ownPrograms(clusterDirectory(this.platform, city));
  }

  /** Ends a program of a city's control plane at once; throws when it does not run. */
  kill(city: string, program: string): void {
    const process = this.processes(city).get(program);
    if (process === undefined) throw new Error(`${program} of ${city} does not run`);
    signalIfThere(process, "SIGKILL");
  }

  /** Ports of all cities. */
  ports(): number[] {
    return cityNames(nusantara).flatMap((city) => Object.values(portsOf(this.platform, city)) as number[]);
  }

  /** Brings the platform down, whatever became of it, and removes its files. */
  remove(): void {
    this.run("down");
    rmSync(this.directory, { recursive: true, force: true });
  }

  get stateExists(): boolean {
    return existsSync(this.platform.directory);
  }
}
