import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "../platform.js";
import { sourcesOf, type GoModule } from "./goModule.js";
import type { Schema } from "./schemas.js";

/**
 * Keeps the schemas that are made out of a module's sources, for as long as its version stays.
 * @param read schemas by the name of their file, out of the directory of the sources.
 * @returns their directory.
 * @throws as `sourcesOf`.
 */
export async function keptSchemas(
  { tools }: Platform,
  module: GoModule,
  read: (sources: string) => ReadonlyMap<string, Schema>,
): Promise<string> {
  const directory = join(tools, "schemas", `${module.path.replaceAll("/", "_")}@${module.version}`);
  const whole = join(directory, ".whole");
  if (existsSync(whole)) return directory;
  const schemas = read(await sourcesOf(module));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [file, schema] of schemas) writeFileSync(join(directory, file), JSON.stringify(schema));
  writeFileSync(whole, "");
  return directory;
}
