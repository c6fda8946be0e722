import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../local/errors.js";
import { run } from "../../local/process.js";
import type { BaseDefinition, ImageDefinition } from "./definition.js";
import { baseFingerprint, packagesFingerprint } from "./fingerprint.js";
import { addDifference, addLayer, emptyLayout, requireSuccess } from "./layout.js";
import { parseStatus, readLock, type InstalledPackage, type PackageLock } from "./packages.js";
import { makeTree, type TreeArgs } from "./tree.js";

/** An OCI layout to build on, and what is installed in it. */
export interface Layer {
  layout: string;
  packages: readonly InstalledPackage[];
}

const packagesSchema = z.array(
  z.strictObject({
    name: z.string(),
    version: z.string(),
    architecture: z.string(),
    source: z.string().exactOptional(),
  }),
);

export const parsePackages = (value: unknown): InstalledPackage[] => packagesSchema.parse(value);

/** Layers of packages, kept by fingerprint: an image whose files alone changed installs nothing. */
export class Layers {
  private readonly building = new Map<string, Promise<Layer>>();

  constructor(
    /** Where layers are kept. */
    private readonly directory: string,
    /** Where unfinished work lies; somebody else clears it. */
    private readonly work: string,
    private readonly progress: (message: string) => void,
    /** Whether the locks have a say in the versions. */
    private readonly locked: boolean,
  ) {}

  /** The layer that an image's own files go on; undefined for an image of its files alone. */
  async below(image: ImageDefinition): Promise<Layer | undefined> {
    const { base } = image;
    if (!base) return undefined;
    return image.packages.length === 0 ? this.base(base) : this.packages(image, base);
  }

  base(base: BaseDefinition): Promise<Layer> {
    return this.once(baseFingerprint(base, this.locked), async (layout) => {
      const { folder, packages } = base;
      const tree = await this.tree({ name: base.name, folder, packages, exclude: [], seeds: [], user: undefined });
      await emptyLayout(layout);
      await addLayer(layout, tree, `base ${base.name}`);
      return tree;
    });
  }

  private packages(image: ImageDefinition, base: BaseDefinition): Promise<Layer> {
    return this.once(packagesFingerprint(image, base, this.locked), async (layout) => {
      const { name, folder, exclude, seeds, user } = image;
      const packages = [...base.packages, ...image.packages];
      // The tree is whole, so nothing of the base is needed before the two are compared.
      const [tree, { layout: below }] = await both(
        this.tree({ name, folder, packages, exclude, seeds, user }),
        this.base(base),
      );
      this.progress(`${name}: comparing with the base`);
      await copyLayout(below, layout);
      const scratch = mkdtempSync(join(this.work, "scratch-"));
      await addDifference(layout, tree, { scratch, description: `packages ${image.packages.join(" ")}` });
      return tree;
    });
  }

  private tree(args: Omit<TreeArgs, "work" | "progress" | "lock">): Promise<string> {
    const work = mkdtempSync(join(this.work, "tree-"));
    const lock: PackageLock = this.locked ? readLock(args.folder) : new Map();
    return makeTree({ ...args, work, lock, progress: this.progress });
  }

  /** What is kept under a fingerprint, or else what `build` makes; it fills a layout and gives the tree in it. */
  private once(fingerprint: string, build: (layout: string) => Promise<string>): Promise<Layer> {
    const started = this.building.get(fingerprint);
    if (started) return started;
    const layer = this.load(fingerprint, build);
    this.building.set(fingerprint, layer);
    return layer;
  }

  private async load(fingerprint: string, build: (layout: string) => Promise<string>): Promise<Layer> {
    const kept = join(this.directory, fingerprint);
    if (!existsSync(kept)) {
      const unfinished = mkdtempSync(join(this.work, "layer-"));
      const tree = await build(join(unfinished, "oci"));
      writeFileSync(join(unfinished, "packages.json"), JSON.stringify(await installedIn(tree)));
      rmSync(tree);
      mkdirSync(this.directory, { recursive: true });
      renameSync(unfinished, kept);
    }
    const packages = parsePackages(JSON.parse(readFileSync(join(kept, "packages.json"), "utf8")));
    return { layout: join(kept, "oci"), packages };
  }

  /** Removes what none of these images builds on any more. */
  prune(images: readonly ImageDefinition[]): void {
    const used = new Set(
      images.flatMap((image) => {
        const { base } = image;
        return base ? [baseFingerprint(base, this.locked), packagesFingerprint(image, base, this.locked)] : [];
      }),
    );
    if (!existsSync(this.directory)) return;
    for (const name of readdirSync(this.directory)) {
      if (!used.has(name)) rmSync(join(this.directory, name), { recursive: true });
    }
  }
}

/** Waits for both even when one fails: work that goes on must not lose its directory. */
export async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

/**
 * A layout that can be added to without the first one noticing. Its blobs are copies, not hard links: a link made
 * or removed for another image changes the blob's ctime, and tar calls a file that it reads meanwhile changed.
 */
export async function copyLayout(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  requireSuccess(await run("cp", ["--recursive", "--reflink=auto", join(from, "blobs"), to]), "cp");
  for (const file of ["index.json", "oci-layout"]) cpSync(join(from, file), join(to, file));
}

async function installedIn(tree: string): Promise<InstalledPackage[]> {
  const { exitCode, stdout } = await run("tar", ["--extract", "--to-stdout", "--file", tree, "./var/lib/dpkg/status"]);
  const packages = exitCode === 0 ? parseStatus(stdout) : [];
  if (packages.length > 0) return packages;
  throw new UserError(
    "the packages were installed, but dpkg's status names none",
    "report this as a bug of the builder",
  );
}
