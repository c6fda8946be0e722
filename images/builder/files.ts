import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../local/errors.js";
import type { ImageDefinition, ImageFile } from "./definition.js";

/** A file on its way into an image. */
export interface PlacedFile {
  /** Path here. */
  path: string;
  /** Path in the image. */
  target: string;
  /** Octal, e.g. `0644`. */
  mode: string;
}

/** Left out of folders: tests, and what Python leaves beside modules that were run here. */
const notSources = new Set(["__pycache__", "tests"]);

/**
 * The files that entries of a definition stand for: a folder for all that is below it, in an order that is always the
 * same.
 * @param folder of the image.
 * @throws UserError when one is not there, holds nothing, or has the target of another.
 */
export function filesOf({ folder }: Pick<ImageDefinition, "folder">, entries: readonly ImageFile[]): PlacedFile[] {
  const files = entries.flatMap((entry) => {
    const { source, target, mode } = entry;
    const path = join(entry.folder === undefined ? folder : join(dirname(folder), entry.folder), source);
    const found = existsSync(path) ? below(path) : [];
    if (found.length > 0) return found.map((name) => ({ path: join(path, name), target: join(target, name), mode }));
    throw new UserError(
      `there is no file ${path}, which goes into the image as ${target}`,
      "write it or correct its name",
    );
  });
  for (const [index, { path, target }] of files.entries()) {
    const other = files.slice(0, index).find((file) => file.target === target);
    if (other) {
      throw new UserError(`both ${other.path} and ${path} go into the image as ${target}`, "give one another target");
    }
  }
  return files;
}

/** Names of the files below a path; "" for a file itself. */
function below(path: string): string[] {
  if (statSync(path).isFile()) return [""];
  return readdirSync(path)
    .filter((name) => !notSources.has(name))
    .sort()
    .flatMap((name) => below(join(path, name)).map((rest) => join(name, rest)));
}
