import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildArgs } from "./build.js";
import { imageDefinitions } from "./definition.js";
import { Layers } from "./layers.js";
import { drift, formatLock, lockFile, readLock } from "./packages.js";
import { requireImagePrograms } from "./programs.js";
import { Store } from "./store.js";

/**
 * Writes every packages.lock anew, with the newest versions that the mirror has. The next build uses them.
 * @returns what changed, one line for each package, with the name of the image.
 */
export async function updateLocks({
  root,
  directory,
  progress,
}: Pick<BuildArgs, "root" | "directory" | "progress">): Promise<string[]> {
  requireImagePrograms();
  const store = new Store(directory);
  return store.exclusively(async () => {
    const images = imageDefinitions(root);
    // Not kept: these layers were chosen without a lock.
    const layers = new Layers(mkdtempSync(join(store.work, "unlocked-")), store.work, progress, false);
    const changes: string[] = [];
    const written = new Set<string>();
    for (const image of images) {
      const { base } = image;
      if (!base) continue;
      for (const { name, folder, layer } of [
        { name: base.name, folder: base.folder, layer: () => layers.base(base) },
        { name: image.name, folder: image.folder, layer: () => layers.below(image) },
      ]) {
        if (written.has(folder)) continue;
        written.add(folder);
        if (folder === image.folder && image.packages.length === 0) {
          rmSync(lockFile(folder), { force: true });
          continue;
        }
        const packages = (await layer())?.packages ?? [];
        changes.push(...drift(readLock(folder), packages).map((line) => `${name}: ${line}`));
        writeFileSync(lockFile(folder), formatLock(packages));
      }
    }
    return changes;
  });
}
