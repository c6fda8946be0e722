import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Platform } from "../platform.js";
import type { GoModule } from "./goModule.js";
import { keptSchemas } from "./schemaFiles.js";
import { customSchemasOf, type CustomResourceDefinition, type Schema } from "./schemas.js";

/** A module that has the definitions of custom resources among its files. */
interface Definitions extends GoModule {
  /** Directory of the YAML files. */
  directory: string;
}

/** Of the versions that the charts install. Calico's and the load balancer controller's are in no registry. */
export const customResources: readonly Definitions[] = [
  {
    path: "github.com/cert-manager/cert-manager",
    version: "v1.21.1",
    sum: "h1:0LttV37Q5c2CBNoHkjuI8sLKTXWZDC2SwQkxrBMKV9w=",
    directory: "deploy/crds",
  },
  {
    path: "istio.io/api",
    version: "v1.31.1",
    sum: "h1:5Yb5ihcz4YQsCkciusK7DnFpBMwRB6EFWeUKH1Atuyk=",
    directory: "kubernetes",
  },
];

/** Directories with the schemas of the custom resources that the stacks register. */
export const customSchemas = (platform: Platform): Promise<string[]> =>
  Promise.all(
    customResources.map((definitions) =>
      keptSchemas(platform, definitions, (sources) => read(join(sources, definitions.directory))),
    ),
  );

function read(directory: string): Map<string, Schema> {
  const files = readdirSync(directory).filter((file) => file.endsWith(".yaml"));
  const documents = files.flatMap((file) => {
    const parsed = parseAllDocuments(readFileSync(join(directory, file), "utf8"));
    return "empty" in parsed
      ? []
      : parsed.map((document) => document.toJS() as Partial<CustomResourceDefinition> | null);
  });
  return customSchemasOf(
    documents.filter((document): document is CustomResourceDefinition => document?.kind === "CustomResourceDefinition"),
  );
}
