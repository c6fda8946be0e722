import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { requireRun } from "../network/commands.js";
import type { Platform } from "../platform.js";
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

export interface Supervised {
  directory: string;
  group: ControlGroup;
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
  if (current && group.processes().length > 0) return;

  await group.kill();
  for (const name of ["configured", "etc", "services"]) rmSync(join(directory, name), { recursive: true, force: true });
  writeFiles(directory, files);
  await args.credentials?.(join(directory, "etc"));
  group.create();
  const command = ["s6-svscan", "-t0", join(directory, "services")];
  const script = startScript({ joinFiles: group.joinFiles, command });
  await launch(join(directory, "start"), script, join(directory, "logs", "supervisor.log"));
  writeFileSync(stamp, wanted);
}
