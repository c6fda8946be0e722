import { UserError } from "../../local/errors.js";
import { run } from "../../local/process.js";

export interface GoModule {
  path: string;
  /** With the leading `v`, but for the standard library. */
  version: string;
}

/** What a Go binary says it was built from. */
export interface GoBinary {
  main: GoModule;
  modules: GoModule[];
}

/** Reads what `go version -m` prints; undefined where the file is no Go binary. */
export function parseBuildInfo(output: string): GoBinary | undefined {
  const goVersion = /^\S.*: go(\S+)/.exec(output)?.[1];
  if (goVersion === undefined) return undefined;
  const modules: GoModule[] = [{ path: "stdlib", version: goVersion }];
  let main: GoModule | undefined;
  for (const line of output.split("\n")) {
    const [, kind, path = "", version = ""] = line.split("\t");
    // What replaces a module stands on the line after it.
    if (kind === "=>") modules.splice(-1, 1, { path, version });
    if (kind === "dep") modules.push({ path, version });
    if (kind === "mod") main = { path, version };
  }
  return main && { main, modules };
}

/** @throws UserError when there is no Go to ask. */
export async function goBinary(file: string): Promise<GoBinary | undefined> {
  const { exitCode, stdout } = await run("go", ["version", "-m", file]);
  if (exitCode === 127) {
    throw new UserError(
      "there is no Go compiler on PATH, which tells what a binary was built from",
      "install Go 1.26 or newer (https://go.dev/dl)",
    );
  }
  return exitCode === 0 ? parseBuildInfo(stdout) : undefined;
}
