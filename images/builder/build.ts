import { relative } from "node:path";
import { UserError } from "../../local/errors.js";
import { suggestion } from "../../stacks/configErrors.js";
import { imageDefinitions, type ImageDefinition } from "./definition.js";
import { Digests } from "./digests.js";
import { imageFingerprint } from "./fingerprint.js";
import { buildImage } from "./image.js";
import { Layers } from "./layers.js";
import { drift, lockFile, readLock } from "./packages.js";
import { requireImagePrograms } from "./programs.js";
import { Store, type Stamp } from "./store.js";

export interface BuildArgs {
  /** Directory of the repository. */
  root: string;
  /** Directory with the programs, in `bin`. */
  tools: string;
  /** Where archives, bills of materials and stamps are written, and layers kept. */
  directory: string;
  /** Images to build. @default all */
  names?: readonly string[];
  /** Makes every difference from the locks an error. @default false */
  locked?: boolean;
  progress: (message: string) => void;
}

export interface BuiltImage {
  name: string;
  /** What clusters and the registry call it. */
  reference: string;
  /** Path of the OCI archive. */
  archive: string;
  /** Path of the bill of materials. */
  sbom: string;
  /** Of the manifest, `sha256:…`. */
  digest: string;
  /** Whether this run built it; otherwise it was up to date. */
  built: boolean;
  /** Of the archive, in bytes. */
  size: number;
  /** How long it took, waiting for shared layers included. */
  seconds: number;
  /** What differs from packages.lock, one line for each package. */
  differences: readonly string[];
}

/**
 * Builds the images that are missing or out of date; a run that finds nothing to do asks no mirror.
 * @throws UserError for everything that the person at the keyboard can mend.
 */
export async function buildImages(args: BuildArgs): Promise<BuiltImage[]> {
  const { root, tools, directory, names, locked = false, progress } = args;
  const all = imageDefinitions(root);
  const images = chosen(all, names);
  const store = new Store(directory);
  const digests = new Digests(store.digests);
  const fingerprints = new Map(images.map((image) => [image, imageFingerprint(image, tools, digests)] as const));
  digests.save();
  const upToDate = (image: ImageDefinition): BuiltImage | undefined => {
    const stamp = store.current(image.name, fingerprints.get(image) ?? "");
    return stamp && { ...describe(root, store, image, stamp), built: false, seconds: 0 };
  };
  const results = images.map(upToDate);
  if (results.every((result) => result !== undefined)) {
    if (locked) requireLocked(results);
    return results;
  }

  requireImagePrograms();
  return store.exclusively(async () => {
    const layers = new Layers(store.layers, store.work, progress, true);
    const finished = await inOrder(images, async (image) => {
      const started = Date.now();
      // Looked at again: the run that held the lock may have built it.
      const known = upToDate(image);
      if (known) return known;
      const stamp = await buildImage(image, fingerprints.get(image) ?? "", { store, layers, tools });
      const seconds = (Date.now() - started) / 1000;
      progress(`${image.name}: built in ${seconds.toFixed(1)} s`);
      return { ...describe(root, store, image, stamp), built: true, seconds };
    });
    for (const { name, differences } of finished) {
      if (differences.length > 0) progress(`${name}: ${differences.length} packages differ from packages.lock`);
    }
    layers.prune(all);
    if (locked) requireLocked(finished);
    return finished;
  });
}

/** @throws UserError when a name is no image. */
export function chosen(images: readonly ImageDefinition[], names: readonly string[] | undefined): ImageDefinition[] {
  const known = images.map(({ name }) => name);
  for (const name of names ?? []) {
    if (!known.includes(name))
      throw new UserError(`"${name}" is no image${suggestion(name, known)}`, `there are ${known.join(", ")}`);
  }
  return images.filter(({ name }) => names?.includes(name) ?? true);
}

/** How many images are under work at once: an installation keeps one core busy, compression the other. */
const atOnce = 2;

/** Those that install packages take longest, so they start first. Nothing is abandoned half-done when one fails. */
async function inOrder<Result>(
  images: readonly ImageDefinition[],
  build: (image: ImageDefinition) => Promise<Result>,
): Promise<Result[]> {
  const queue = [...images].sort((a, b) => b.packages.length - a.packages.length);
  const results = new Map<ImageDefinition, Result>();
  const worker = async (): Promise<void> => {
    for (let image = queue.shift(); image; image = queue.shift()) results.set(image, await build(image));
  };
  const workers = Array.from({ length: atOnce }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return images.flatMap((image) => results.get(image) ?? []);
}

function describe(
  root: string,
  store: Store,
  image: ImageDefinition,
  { digest, size, packages }: Stamp,
): Omit<BuiltImage, "built" | "seconds"> {
  const { name, reference, folder, base } = image;
  const locked = image.packages.length > 0 ? folder : base?.folder;
  const differences =
    locked === undefined
      ? []
      : drift(readLock(locked), packages).map((line) => `${relative(root, lockFile(locked))}: ${line}`);
  return { name, reference, archive: store.archive(name), sbom: store.sbom(name), digest, size, differences };
}

function requireLocked(images: readonly BuiltImage[]): void {
  const differences = [...new Set(images.flatMap((image) => image.differences))];
  if (differences.length === 0) return;
  throw new UserError(
    `${differences.length} packages are other than the locks say`,
    "write the locks anew and review the difference, or build without --locked",
    differences.slice(0, 20),
  );
}
