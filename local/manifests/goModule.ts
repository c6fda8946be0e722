import { lastLines, UserError } from "../errors.js";
import { run } from "../process.js";

/** A Go module of which files are read, by itself, without what it depends on. */
export interface GoModule {
  path: string;
  version: string;
  /** Its checksum, as a go.sum has it. */
  sum: string;
}

/**
 * Fetches the sources of a module into Go's own cache, unless they are there.
 * @returns their directory.
 * @throws UserError when they can't be had, or are others than they were.
 */
export async function sourcesOf({ path, version, sum }: GoModule): Promise<string> {
  // The checksum is held against the recorded one here, so no other database has to be asked.
  const { exitCode, stdout, output } = await run("go", ["mod", "download", "-json", `${path}@${version}`], {
    env: { GOFLAGS: "-mod=mod", GONOSUMDB: path, GOWORK: "off" },
  });
  if (exitCode !== 0) {
    const remedy =
      exitCode === 127 ? "install Go 1.26 or newer (https://go.dev/dl)" : "look at what Go says, and try again";
    throw new UserError(`the sources of ${path} ${version} can't be had`, remedy, lastLines(output, 3));
  }
  const { Dir: directory, Sum: found } = JSON.parse(stdout) as { Dir: string; Sum: string };
  if (found !== sum)
    throw new UserError(
      `the sources of ${path} ${version} are not those that were recorded: ${found}`,
      "find out why before you change the sum in local/manifests/",
    );
  return directory;
}
