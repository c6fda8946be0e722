import Table from "cli-table3";
import { buildImages, updateLocks } from "../images/builder/index.js";
import type { Platform } from "./platform.js";
import { imagesDirectory } from "./real/images.js";
import { plainTable } from "./tables.js";
import { buildTools } from "./tools.js";

/** Where progress goes: what a command prints in the end may be read by a program. */
const progress = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/**
 * Builds every image.
 * @param locked whether other versions than the locked ones are an error.
 * @returns what to print.
 */
export async function imagesCommand(platform: Platform, locked: boolean): Promise<string> {
  const { root, tools } = platform;
  // What goes into images is needed whatever the nodes of this machine are.
  await buildTools(platform, "real", progress);
  const images = await buildImages({ root, tools, directory: imagesDirectory(platform), locked, progress });
  const table = new Table({ head: ["image", "MiB", "", "archive"], ...plainTable });
  for (const { reference, size, built, seconds, archive } of images)
    table.push([reference, (size / 2 ** 20).toFixed(1), built ? `${seconds.toFixed(0)} s` : "up to date", archive]);
  return [table.toString(), ...new Set(images.flatMap(({ differences }) => differences))].join("\n");
}

/** @returns what to print. */
export async function imageLocksCommand(platform: Platform): Promise<string> {
  const changes = await updateLocks({ root: platform.root, directory: imagesDirectory(platform), progress });
  return changes.length === 0 ? "The locks are up to date." : changes.join("\n");
}
