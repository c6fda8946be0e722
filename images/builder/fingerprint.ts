import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { UserError } from "../../local/errors.js";
import { debian, excludedFromPackages, excludedFromTree, sourceDateEpoch, sources } from "./debian.js";
import type { BaseDefinition, ImageDefinition, ImageFile } from "./definition.js";
import { Digests } from "./digests.js";
import { filesOf } from "./files.js";
import { lockFile } from "./packages.js";

/** Raised with every change of the builder that changes what it makes. */
export const builderVersion = 2;

const digestOf = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const combined = (parts: unknown): string => digestOf(JSON.stringify(parts));

/** What tells one base layer from another. */
export const baseFingerprint = (base: BaseDefinition, locked: boolean): string =>
  combined([
    builderVersion,
    debian,
    sourceDateEpoch,
    sources(),
    excludedFromPackages,
    excludedFromTree,
    base.packages,
    lockDigest(base.folder, locked),
  ]);

/** What tells the layer of an image's packages from another. */
export const packagesFingerprint = (image: ImageDefinition, base: BaseDefinition, locked: boolean): string =>
  combined([
    baseFingerprint(base, locked),
    image.packages,
    image.exclude,
    image.user,
    filesDigest(image, image.seeds),
    lockDigest(image.folder, locked),
  ]);

/** What tells an image from another: all that goes into it. */
export function imageFingerprint(image: ImageDefinition, tools: string, digests = new Digests()): string {
  const { folder, base, ...own } = image;
  const binaries = image.binaries.map(({ name }) => digests.of(binaryPath(image, tools, name)));
  const below = base && [baseFingerprint(base, true), packagesFingerprint(image, base, true)];
  return combined([builderVersion, sourceDateEpoch, below, own, binaries, filesDigest({ folder }, image.files)]);
}

/**
 * Path of a program that goes into an image.
 * @throws UserError when it is not built.
 */
export function binaryPath(image: ImageDefinition, tools: string, name: string): string {
  const path = join(tools, "bin", name);
  if (existsSync(path)) return path;
  throw new UserError(
    `the image ${image.name} needs the program ${relative(process.cwd(), path)}, which is not built`,
    'run "make tools"',
  );
}

const filesDigest = (image: Pick<ImageDefinition, "folder">, files: readonly ImageFile[]): string[] =>
  filesOf(image, files).map(({ path, target, mode }) => combined([target, mode, digestOf(readFileSync(path))]));

function lockDigest(folder: string, locked: boolean): string {
  const file = lockFile(folder);
  return locked && existsSync(file) ? digestOf(readFileSync(file)) : "";
}
