import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines, UserError } from "../errors.js";
import { inNamespace, requireRun } from "../network/commands.js";
import type { Platform } from "../platform.js";
import { run } from "../process.js";
import { toolsFingerprint } from "../toolsFingerprint.js";
import type { ControlGroup } from "./cgroups.js";
import { logScript, quoted, runScript, startScript } from "./scripts.js";

/** Files by their path below a directory. */
export type Files = Readonly<Record<string, string>>;

/** Directories of services for s6-svscan. */
export const serviceFiles = (logs: string, commands: Readonly<Record<string, readonly string[]>>): Files =>
  Object.fromEntries(
    Object.entries(commands).flatMap(([name, command]) => [
      [`services/${name}/run`, runScript(command)],
      [`services/${name}/log/run`, logScript(`${logs}/${name}`)],
    ]),
  );

const isProgram = (path: string): boolean => path === "init" || path.endsWith("/run");

/** Writes files, those that are to be run as programs. */
export function writeFiles(directory: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: isProgram(path) ? 0o700 : 0o600 });
  }
}

/** Starts a script as a process that outlives this one, and returns at once. */
export async function launch(file: string, script: string, log: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(file, script, { mode: 0o700 });
  await requireRun("sh", ["-c", `exec setsid --fork ${quoted(file)} </dev/null >>${quoted(log)} 2>&1`]);
}

const serviceDirectory = (directory: string, service: string): string => join(directory, "services", service);

export interface Supervised {
  directory: string;
  group: ControlGroup;
  /** Share of the processors while there are too few. @default the kernel's, 100 */
  weight?: number;
  /** Programs to keep running, by name; the arguments are words of a shell. */
  commands: Readonly<Record<string, readonly string[]>>;
  /** What they read, below `etc`. */
  configuration?: Files;
  /** Writes what is secret into `etc`. */
  credentials?: (directory: string) => Promise<void>;
}

/**
 * Keeps programs running under s6. Those that run already are left alone unless they were told something else, or were
 * built anew.
 */
export async function supervise(platform: Platform, args: Supervised): Promise<void> {
  const { directory, group, commands, configuration = {} } = args;
  const files = {
    ...Object.fromEntries(Object.entries(configuration).map(([name, text]) => [`etc/${name}`, text])),
    ...serviceFiles(join(directory, "logs"), commands),
  };
  const wanted = `${toolsFingerprint(platform, "cityServices")}\n${JSON.stringify(files)}`;
  const stamp = join(directory, "configured");
  const current = existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  group.create(args.weight);
  if (current && group.processes().length > 0) {
    // Where it fails the service is only about to start, and nobody has stopped it.
    for (const service of Object.keys(commands)) await run("s6-svc", ["-u", serviceDirectory(directory, service)]);
    return;
  }

  await group.kill();
  for (const name of ["configured", "etc", "services"]) rmSync(join(directory, name), { recursive: true, force: true });
  writeFiles(directory, files);
  await args.credentials?.(join(directory, "etc"));
  const command = ["s6-svscan", "-t0", join(directory, "services")];
  const script = startScript({ joinFiles: group.joinFiles, command });
  await launch(join(directory, "start"), script, join(directory, "logs", "supervisor.log"));
  writeFileSync(stamp, wanted);
}

/** Seconds that a program gets to end when it is asked to; then it is ended. */
const patienceToEnd = 10;

/** Stops one of the programs that are kept running, and returns when it has ended. */
export async function stopService(directory: string, service: string): Promise<void> {
  const target = serviceDirectory(directory, service);
  const { exitCode } = await run("s6-svc", ["-d", "-wD", "-T", `${patienceToEnd * 1000}`, target]);
  if (exitCode !== 0) await requireRun("s6-svc", ["-d", "-k", "-wD", "-T", `${patienceToEnd * 1000}`, target]);
}

/** Lets a program that was stopped run again; one that runs goes on. */
export async function startService(directory: string, service: string): Promise<void> {
  await requireRun("s6-svc", ["-u", serviceDirectory(directory, service)]);
}

/** Whether a program is kept running. */
export async function isServiceUp(directory: string, service: string): Promise<boolean> {
  const { exitCode, stdout } = await run("s6-svstat", ["-o", "wantedup", serviceDirectory(directory, service)]);
  return exitCode === 0 && stdout.trim() === "true";
}

/** Seconds that a program gets to listen on a busy machine. */
const patienceToListen = 30;

/**
 * Waits until a program that is kept running listens.
 * @throws UserError with the last lines of its log.
 */
export async function untilListening(args: {
  /** Network namespace. */
  namespace: string;
  /** Directory that its services are in. */
  directory: string;
  service: string;
  address: string;
  /** TCP port. */
  port: number;
}): Promise<void> {
  const { namespace, directory, service, address, port } = args;
  const end = Date.now() + patienceToListen * 1000;
  for (;;) {
    const { exitCode } = await run(...inNamespace(namespace, "bash", ["-c", `: < /dev/tcp/${address}/${port}`]));
    if (exitCode === 0) return;
    if (Date.now() >= end) {
      const log = join(directory, "logs", service, "current");
      throw new UserError(
        `${service} does not listen on ${address}:${port} after ${patienceToListen} s`,
        `look into ${log}`,
        existsSync(log) ? lastLines(readFileSync(log, "utf8"), 4) : [],
      );
    }
    await sleep(200);
  }
}
