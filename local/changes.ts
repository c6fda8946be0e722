import { describeManifest, type Manifest } from "./render/manifests.js";

/** One thing that an apply did. */
export interface Change {
  action: "created" | "changed" | "deleted";
  /** e.g. `Deployment nusantara-mart/order` */
  object: string;
  /** What changed, as the `+` and `-` lines of a unified diff; empty for what was created or deleted. */
  lines: string[];
}

/** What tells objects of one cluster apart, whichever API version they are read in. */
export const identity = ({ apiVersion, kind, metadata }: Manifest): string =>
  [apiVersion.split("/").slice(0, -1).join("/"), kind, metadata.namespace ?? "", metadata.name].join("|");

/** File names of `kubectl diff`: `[group.]version.Kind.namespace.name`, the namespace empty for cluster scope. */
const diffFileName = /^(?:.+\.)?v\d[a-z0-9]*\.([A-Z][A-Za-z]*)\.([^.]*)\.(.+)$/;

/** Fields that the API server changes by itself with every write. */
const bookkeeping = /^[+-]\s+(generation|resourceVersion):/;

/** A dry run leaves the version as it is: it differs only where there was a write between the two reads. */
const written = /^[+-]\s+resourceVersion:/;

/** A change as `kubectl diff` tells it. */
export interface Difference extends Change {
  /** Whether somebody else wrote the object between the two reads that were compared: lines may be theirs. */
  contested: boolean;
}

/** The changes in the output of `kubectl diff`. Secrets are masked in it by kubectl itself. */
export function parseDiff(output: string): Difference[] {
  return output
    .split(/^diff -u -N .*$/m)
    .slice(1)
    .flatMap((section): Difference[] => {
      const name = /^\+\+\+ .*\/([^/\t]+)\t/m.exec(section)?.[1];
      const parts = name === undefined ? undefined : diffFileName.exec(name);
      if (!parts) return [];
      const [, kind, namespace, objectName] = parts;
      const changed = section.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line));
      const lines = changed.filter((line) => !bookkeeping.test(line));
      if (lines.length === 0) return [];
      const object = `${kind} ${namespace === "" ? "" : `${namespace}/`}${objectName}`;
      return [{ action: "changed", object, lines, contested: changed.some((line) => written.test(line)) }];
    });
}

/** How often objects are compared at most that others write meanwhile. */
const comparisons = 10;

/**
 * What an apply would change. Controllers write while objects are compared, and what one of them wrote is no change of
 * ours: such objects are compared again, a few times at most.
 */
export async function uncontested(
  manifests: readonly Manifest[],
  diff: (manifests: readonly Manifest[]) => Promise<Difference[]>,
): Promise<Change[]> {
  let found = await diff(manifests);
  for (let count = 1; count < comparisons && found.some(({ contested }) => contested); count += 1) {
    const again = new Set(found.filter(({ contested }) => contested).map(({ object }) => object));
    const anew = await diff(manifests.filter((manifest) => again.has(describeManifest(manifest))));
    found = [...found.filter(({ contested }) => !contested), ...anew];
  }
  return found.map(({ action, object, lines }) => ({ action, object, lines }));
}

/** The objects that an apply left behind of an earlier one, with their places. */
export const deletions = (objects: readonly Manifest[]): Change[] =>
  objects.map((object) => ({ action: "deleted", object: describeManifest(object), lines: [] }));
