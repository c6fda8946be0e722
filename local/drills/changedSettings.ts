import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { lastLines, UserError } from "../errors.js";
import { replaceFile } from "../files.js";
import { lockHolder } from "../lock.js";
import { commandLine, type Platform } from "../platform.js";
import { run } from "../process.js";
import type { Drill } from "./drill.js";

/** Where the changed copy of the stack files is. */
const changedProject = (platform: Platform): string => join(platform.directory, "drill-project");

/** What a runbook needs to bring the cities up from inside a drill, which holds the lock of the platform. */
export const upValues = (project: string): Record<string, string> => ({
  // In production it runs on another machine than the cluster: here it gets the time that the cluster leaves.
  UP: `nice --adjustment=19 ${process.execPath} ${commandLine} up`,
  NUSANTARA_PROJECT: project,
  [lockHolder]: `${process.pid}`,
  // Of the platform as it is, whatever this run was told.
  CITIES: "",
  NODES: "real",
});

/**
 * Brings the cities up as their files say, from inside a drill.
 * @throws UserError with the last words of it.
 */
export async function bringUp(platform: Platform): Promise<void> {
  const { UP = "", ...environment } = upValues(platform.project);
  const { exitCode, output } = await run("timeout", ["--kill-after=10", "30m", "bash", "-c", UP], { env: environment });
  if (exitCode !== 0) throw new UserError("the cities could not be brought up", "make up", lastLines(output, 6));
}

/** Settings below `nusantara:database` by where they are, e.g. `core.volume`. */
export type SettingChanges = Readonly<Record<string, unknown>>;

/** Changes settings of the database in the text of a city's overlay. Pure. */
export function changedOverlay(text: string, changes: SettingChanges): string {
  const document = parseDocument(text);
  for (const [path, value] of Object.entries(changes))
    document.setIn(["realNodes", "settings", "nusantara:database", ...path.split(".")], value);
  return document.toString();
}

/**
 * Copies the stack files with settings of the database changed in every city, until healing.
 * @returns the directory of the copy.
 */
export function changeSettings(drill: Drill, changes: SettingChanges): string {
  const { platform } = drill;
  const project = changedProject(platform);
  const remove = () => {
    rmSync(project, { recursive: true, force: true });
  };
  remove();
  drill.onHealing("forget the changed settings", () => {
    remove();
    return Promise.resolve();
  });
  const overlays = join("local", "cities");
  mkdirSync(join(project, overlays), { recursive: true });
  for (const file of ["Pulumi.yaml", ...drill.cities.map((city) => `Pulumi.${city}.yaml`)])
    cpSync(join(platform.project, file), join(project, file));
  for (const city of drill.cities) {
    const file = join(overlays, `${city}.yaml`);
    replaceFile(join(project, file), changedOverlay(readFileSync(join(platform.project, file), "utf8"), changes));
  }
  return project;
}
