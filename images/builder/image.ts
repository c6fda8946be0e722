import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../../local/process.js";
import type { ImageDefinition } from "./definition.js";
import { makeDirectory } from "./directories.js";
import { filesOf } from "./files.js";
import { binaryPath } from "./fingerprint.js";
import { goBinary, type GoBinary } from "./goModules.js";
import { copyLayout, type Layers } from "./layers.js";
import { addLayer, configure, emptyLayout, readIndex, reproducible, requireSuccess } from "./layout.js";
import type { Stamp, Store } from "./store.js";

/** Builds one image on the layers below it, and puts archive, bill of materials and stamp in their places. */
export async function buildImage(
  image: ImageDefinition,
  fingerprint: string,
  { store, layers, tools }: { store: Store; layers: Layers; tools: string },
): Promise<Stamp> {
  const below = await layers.below(image);
  const work = mkdtempSync(join(store.work, "image-"));
  const layout = join(work, "oci");
  if (below) await copyLayout(below.layout, layout);
  else await emptyLayout(layout);
  const files = await filesLayer(image, tools, work);
  if (files !== undefined) await addLayer(layout, files, `files of ${image.name}`);
  await configure(layout, image);
  const { digest } = nameIndex(layout, image);
  const archive = join(work, "archive.tar");
  await tar(archive, layout, ["blobs", "index.json", "oci-layout"], ["--owner=0", "--group=0", "--mode=u=rwX,go=rX"]);

  const packages = below?.packages ?? [];
  const binaries: Record<string, GoBinary | undefined> = {};
  for (const { name } of image.binaries) binaries[name] = await goBinary(binaryPath(image, tools, name));
  // Loaded here because a run that builds nothing needs none of it.
  const { billOfMaterials } = await import("./sbom.js");
  const sbom = join(work, "sbom.json");
  writeFileSync(sbom, billOfMaterials({ ...image, digest, packages, binaries }));

  const stamp = { fingerprint, digest, size: statSync(archive).size, packages };
  store.forget(image.name);
  renameSync(archive, store.archive(image.name));
  renameSync(sbom, store.sbom(image.name));
  store.stamp(image.name, stamp);
  return stamp;
}

/** Packs an image's own files, binaries and directories; undefined when it has none. */
async function filesLayer(image: ImageDefinition, tools: string, work: string): Promise<string | undefined> {
  const root = join(work, "files");
  const binaries = image.binaries.map(({ name, target }) => ({
    path: binaryPath(image, tools, name),
    target,
    mode: "0755",
  }));
  mkdirSync(root);
  for (const { path, target, mode } of [...filesOf(image, image.files), ...binaries]) {
    makeDirectory(root, dirname(target));
    copyFileSync(path, join(root, target));
    chmodSync(join(root, target), Number.parseInt(mode, 8));
  }
  const archive = join(work, "files.tar");
  const entries = readdirSync(root).sort();
  // tar makes an archive of nothing only when it is told to.
  await tar(archive, root, entries.length > 0 ? entries : ["--files-from=/dev/null"], ["--owner=0", "--group=0"]);
  const writable = join(work, "writable");
  for (const path of image.writable) {
    mkdirSync(join(writable, path), { recursive: true });
    // runc gives a tmpfs the mode of the directory below it, and a program may expect /tmp to be open to all.
    chmodSync(join(writable, path), path === "/tmp" ? 0o1777 : 0o755);
  }
  const { uid, gid } = image.user;
  const paths = image.writable.map((path) => path.slice(1)).sort();
  if (paths.length > 0) {
    const options = ["--append", "--no-recursion", `--owner=${uid}`, `--group=${gid}`];
    await tar(archive, writable, paths, options);
  }
  return entries.length + paths.length > 0 ? archive : undefined;
}

async function tar(archive: string, directory: string, entries: readonly string[], options: string[]): Promise<void> {
  const create = options.includes("--append") ? [] : ["--create"];
  const args = [...create, ...options, ...reproducible, `--file=${archive}`, `--directory=${directory}`, ...entries];
  requireSuccess(await run("tar", args), "tar");
}

/** Gives the image of a layout the names by which containerd and registries know it. */
function nameIndex(layout: string, { reference, version }: ImageDefinition): { digest: string } {
  const index = readIndex(layout);
  const [manifest] = index.manifests;
  const annotations = { "io.containerd.image.name": reference, "org.opencontainers.image.ref.name": version };
  const named = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(layout, "index.json"), JSON.stringify(named));
  return manifest;
}
