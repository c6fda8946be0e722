import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lock } from "proper-lockfile";
import { z } from "zod";
import { UserError } from "../../local/errors.js";
import { parsePackages } from "./layers.js";
import type { InstalledPackage } from "./packages.js";

const stampSchema = z.strictObject({
  fingerprint: z.string(),
  digest: z.string(),
  /** Of the archive, in bytes. */
  size: z.number(),
  packages: z.unknown().transform(parsePackages),
});

/** What is known of an image that was built. */
export interface Stamp {
  fingerprint: string;
  digest: string;
  size: number;
  packages: readonly InstalledPackage[];
}

/** Where archives lie, and beside each its bill of materials and its stamp. */
export class Store {
  /** Layers of packages that several builds share. */
  readonly layers: string;
  /** Unfinished work. */
  readonly work: string;

  /** Digests of large files, remembered. */
  readonly digests: string;

  constructor(readonly directory: string) {
    this.layers = join(directory, "layers");
    this.digests = join(directory, "digests.json");
    this.work = join(directory, "work");
  }

  archive(name: string): string {
    return join(this.directory, `${name}.tar`);
  }

  sbom(name: string): string {
    return join(this.directory, `${name}.sbom.json`);
  }

  private stampFile(name: string): string {
    return join(this.directory, `${name}.stamp.json`);
  }

  /** The stamp of an image, where it is all there and was made from what the fingerprint says. */
  current(name: string, fingerprint: string): Stamp | undefined {
    const file = this.stampFile(name);
    if (!existsSync(file) || !existsSync(this.archive(name)) || !existsSync(this.sbom(name))) return undefined;
    const stamp = stampSchema.safeParse(json(readFileSync(file, "utf8")));
    const whole = stamp.success && statSync(this.archive(name)).size === stamp.data.size;
    return whole && stamp.data.fingerprint === fingerprint ? stamp.data : undefined;
  }

  /** From here on until its next stamp an image counts as not built. */
  forget(name: string): void {
    rmSync(this.stampFile(name), { force: true });
  }

  stamp(name: string, stamp: Stamp): void {
    writeFileSync(this.stampFile(name), JSON.stringify(stamp));
  }

  /**
   * Runs one build at a time in this directory. What a killed build left is cleared first; its lock expires by itself
   * after ten seconds.
   * @throws UserError when another build holds the lock.
   */
  async exclusively<Result>(build: () => Promise<Result>): Promise<Result> {
    mkdirSync(this.directory, { recursive: true });
    const options = { stale: 10_000, retries: { retries: 3, minTimeout: 4000 } };
    const release = await lock(this.directory, options).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      throw new UserError("another run is building images", "wait until it has ended");
    });
    try {
      rmSync(this.work, { recursive: true, force: true });
      mkdirSync(this.work);
      return await build();
    } finally {
      rmSync(this.work, { recursive: true, force: true });
      await release();
    }
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
