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

/** The changes in the output of `kubectl diff`. Secrets are masked in it by kubectl itself. */
export function parseDiff(output: string): Change[] {
  return output
    .split(/^diff -u -N .*$/m)
    .slice(1)
    .flatMap((section): Change[] => {
      const name = /^\+\+\+ .*\/([^/\t]+)\t/m.exec(section)?.[1];
      const parts = name === undefined ? undefined : diffFileName.exec(name);
      if (!parts) return [];
      const [, kind, namespace, objectName] = parts;
      const lines = section.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line) && !bookkeeping.test(line));
      if (lines.length === 0) return [];
      return [{ action: "changed", object: `${kind} ${namespace === "" ? "" : `${namespace}/`}${objectName}`, lines }];
    });
}

/** The objects that an apply left behind of an earlier one, with their places. */
export const deletions = (objects: readonly Manifest[]): Change[] =>
  objects.map((object) => ({ action: "deleted", object: describeManifest(object), lines: [] }));
