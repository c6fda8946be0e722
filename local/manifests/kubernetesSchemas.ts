import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "../platform.js";
import type { GoModule } from "./goModule.js";
import { keptSchemas } from "./schemaFiles.js";
import { schemasOf, type OpenApi } from "./schemas.js";

const kubernetes = (version: string, sum: string): GoModule => ({ path: "k8s.io/kubernetes", version, sum });

/** The minor before that of the clusters, that minor, and the one that they are upgraded to next. */
export const releases: readonly GoModule[] = [
  kubernetes("v1.34.4", "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk="),
  kubernetes("v1.35.4", "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM="),
  kubernetes("v1.36.3", "h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o="),
];

/** Directory with the schemas of a release of Kubernetes, made out of what its API server says of itself. */
export const kubernetesSchemas = (platform: Platform, release: GoModule): Promise<string> =>
  keptSchemas(platform, release, (sources) => {
    const openApi = readFileSync(join(sources, "api", "openapi-spec", "swagger.json"), "utf8");
    return schemasOf(JSON.parse(openApi) as OpenApi);
  });
