import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describeManifest, manifestYaml, type Manifest } from "../render/manifests.js";

/** The manifests of one render, e.g. of `jakarta, local`. */
export interface Render {
  name: string;
  manifests: readonly Manifest[];
}

/** An object in a file of its own. */
export interface RenderedObject {
  /** Path of its file below the directory, e.g. `jakarta-local/003-deployment.yaml`. */
  file: string;
  kind: string;
  /** As `describeManifest` has it. */
  resource: string;
  render: string;
}

/**
 * Writes each object into a file of its own, so that what checkers say of a file is said of one object. What was in the
 * directory goes.
 */
export function writeRenders(directory: string, renders: readonly Render[]): RenderedObject[] {
  rmSync(directory, { recursive: true, force: true });
  return renders.flatMap(({ name, manifests }) =>
    manifests.map((manifest, index) => {
      const number = String(index).padStart(3, "0");
      const file = join(name.replaceAll(", ", "-"), `${number}-${manifest.kind.toLowerCase()}.yaml`);
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), manifestYaml(manifest));
      return { file, kind: manifest.kind, resource: describeManifest(manifest), render: name };
    }),
  );
}
