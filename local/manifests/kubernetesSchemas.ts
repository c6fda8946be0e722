import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines, UserError } from "../errors.js";
import type { Platform } from "../platform.js";
import { run } from "../process.js";
import { schemasOf, type OpenApi } from "./schemas.js";

/** A release of Kubernetes whose API manifests are held against. */
export interface Release {
  /** Version of the Go module k8s.io/kubernetes. */
  version: string;
  /** Its checksum, as a go.sum has it. */
  sum: string;
}

/** The minor before that of the clusters, that minor, and the one that they are upgraded to next. */
export const releases: readonly Release[] = [
  { version: "v1.34.4", sum: "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk=" },
  { version: "v1.35.4", sum: "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM=" },
  { version: "v1.36.3", sum: "h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=" },
];

/** Directory with the schemas of a release. */
const schemasIn = ({ tools }: Platform, { version }: Release): string => join(tools, "schemas", version);

/**
 * Makes the schemas of a release out of the OpenAPI document in its sources, unless they are there.
 * @returns their directory.
 * @throws UserError when the sources can't be had, or are others than they were.
 */
export async function kubernetesSchemas(platform: Platform, release: Release): Promise<string> {
  const directory = schemasIn(platform, release);
  const whole = join(directory, ".whole");
  if (existsSync(whole)) return directory;
  const sources = await fetchSources(release);
  const openApi = JSON.parse(readFileSync(join(sources, "api", "openapi-spec", "swagger.json"), "utf8")) as OpenApi;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [file, schema] of schemasOf(openApi)) writeFileSync(join(directory, file), JSON.stringify(schema));
  writeFileSync(whole, "");
  return directory;
}

/** The module alone, without what it depends on: its checksum is held against the recorded one here. */
async function fetchSources({ version, sum }: Release): Promise<string> {
  const module = `k8s.io/kubernetes@${version}`;
  const { exitCode, stdout, output } = await run("go", ["mod", "download", "-json", module], {
    env: { GOFLAGS: "-mod=mod", GONOSUMDB: "k8s.io/kubernetes", GOWORK: "off" },
  });
  if (exitCode !== 0) {
    const remedy =
      exitCode === 127 ? "install Go 1.26 or newer (https://go.dev/dl)" : "look at what Go says, and try again";
    throw new UserError(`the sources of Kubernetes ${version} can't be had`, remedy, lastLines(output, 3));
  }
  const { Dir: directory, Sum: found } = JSON.parse(stdout) as { Dir: string; Sum: string };
  if (found !== sum)
    throw new UserError(
      `the sources of Kubernetes ${version} are not those that were recorded: ${found}`,
      "find out why before you change the sum in local/manifests/kubernetesSchemas.ts",
    );
  return directory;
}
