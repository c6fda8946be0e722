import { dirname, join } from "node:path";
import { buildImages, imageDefinitions, type BuiltImage } from "../../images/builder/index.js";
import { UserError } from "../errors.js";
import { nodesOf } from "../machines/city.js";
import { importImages, type WantedImages } from "../machines/images.js";
import { imagesFor } from "../nodes/placement.js";
import { readOverlay, type Platform } from "../platform.js";
import type { Manifest } from "../render/manifests.js";

/** Images of ours that nodes and the platform itself need. */
export const ownImages = { pause: "pause", dns: "coredns" } as const;

/** Builds the images that the cities' overlays name, and those of the platform itself. */
export function buildLocalImages(
  platform: Platform,
  cities: readonly string[],
  progress: (message: string) => void,
): Promise<BuiltImage[]> {
  const named = cities.flatMap((city) => Object.values(readOverlay(platform, city).realNodes.images));
  return buildImages({
    root: platform.root,
    tools: platform.tools,
    directory: imagesDirectory(platform),
    names: [...new Set([...Object.values(ownImages), ...named])].sort(),
    progress,
  });
}

/** Where images are kept, beside the tools, until `make clean`. */
export const imagesDirectory = ({ tools }: Platform): string => join(dirname(tools), "images");

export const imageNamed = (images: readonly BuiltImage[], name: string): BuiltImage => {
  const image = images.find((each) => each.name === name);
  if (image) return image;
  throw new UserError(`there is no image "${name}"`, `define it in images/${name}, or mend the overlay that names it`);
};

/** Repositories whose images are here: those that an overlay gives a stand-in, and our own that are built. */
export function localRepositories(platform: Platform, city: string): string[] {
  const { images } = readOverlay(platform, city).realNodes;
  const names = [...Object.values(ownImages), ...Object.values(images)];
  const own = imageDefinitions(platform.root).filter(({ name }) => names.includes(name));
  return [...new Set([...Object.keys(images), ...own.map(({ reference }) => repositoryOf(reference))])].sort();
}

/** `ghcr.io/nusantara-platform/service:1.0.0` → `ghcr.io/nusantara-platform/service` */
export const repositoryOf = (reference: string): string => reference.slice(0, reference.lastIndexOf(":"));

/**
 * Brings to each node the images that pods on it may ask for.
 * @returns references that stood for another image before.
 */
export async function distributeImages(
  platform: Platform,
  city: string,
  args: { nodes: readonly Manifest[]; manifests: readonly Manifest[]; images: readonly BuiltImage[] },
): Promise<string[]> {
  const { images: standIns } = readOverlay(platform, city).realNodes;
  const ours = args.images.map((image) => [repositoryOf(image.reference), image] as const);
  const byRepository = new Map([
    ...ours,
    ...Object.entries(standIns).map(([repository, name]) => [repository, imageNamed(args.images, name)] as const),
  ]);
  const pause = imageNamed(args.images, ownImages.pause);
  const replaced = new Set<string>();
  for (const name of nodesOf(platform, city)) {
    const node = args.nodes.find(({ metadata }) => metadata.name === name);
    if (!node) continue;
    const references = imagesFor(node, args.manifests, [...byRepository.keys()]);
    const wanted: WantedImages = Object.fromEntries([
      [pause.reference, pause],
      ...references.map((reference) => [reference, byRepository.get(repositoryOf(reference)) ?? pause] as const),
    ]);
    for (const reference of await importImages(platform, { city, name }, wanted)) replaced.add(reference);
  }
  return [...replaced];
}
