import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { lastLines, UserError } from "./errors.js";
import type { Platform } from "./platform.js";
import { run, type RunOptions } from "./process.js";
import { withoutLocalSecrets, type StackSettings } from "./render/stackFile.js";
import { localSettings } from "./stack.js";

/** What brings a stack's resources into its cluster. */
export type Engine = "pulumi" | "kubectl";

const engineFile = (platform: Platform): string => join(platform.directory, "engine");

/**
 * The Pulumi CLI where there is one, else kubectl; `ENGINE=` decides otherwise. A platform stays with the engine that
 * made it: neither knows what the other owns.
 *
 * @throws UserError for a choice that can't be had.
 */
export async function chooseEngine(
  platform: Platform,
  choice: string | undefined,
): Promise<{ engine: Engine; why: string }> {
  const { exitCode, stdout } = await run("pulumi", ["version"]);
  const available = exitCode === 0;
  const chosen = choice === "" ? undefined : choice;
  if (chosen !== undefined && chosen !== "pulumi" && chosen !== "kubectl") {
    throw new UserError(`ENGINE is "${chosen}"`, 'set it to "pulumi" or "kubectl"');
  }
  if (chosen === "pulumi" && !available) {
    throw new UserError("ENGINE is pulumi, and there is no Pulumi CLI on PATH", "install it, or leave ENGINE out");
  }
  const engine: Engine = chosen ?? (available ? "pulumi" : "kubectl");
  const file = engineFile(platform);
  const before = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  if (before !== undefined && before !== engine) {
    throw new UserError(
      `this platform was brought up by ${before}, and now ${engine} would do it`,
      `ENGINE=${before} make up, or make down first`,
    );
  }
  const why =
    chosen !== undefined
      ? "ENGINE says so"
      : available
        ? `Pulumi CLI ${stdout.trim()} is on PATH`
        : "no Pulumi CLI on PATH";
  return { engine, why };
}

/** Remembers which engine a platform belongs to. */
export function rememberEngine(platform: Platform, engine: Engine): void {
  mkdirSync(platform.directory, { recursive: true });
  writeFileSync(engineFile(platform), engine);
}

/** Environment of the CLI: a backend and a passphrase of this platform's own. */
function pulumiEnvironment(platform: Platform): Record<string, string | undefined> {
  const home = join(platform.directory, "pulumi");
  const passphrase = join(home, "passphrase");
  mkdirSync(join(home, "state"), { recursive: true, mode: 0o700 });
  if (!existsSync(passphrase)) writeFileSync(passphrase, randomBytes(32).toString("hex"), { mode: 0o600 });
  return {
    PULUMI_BACKEND_URL: `file://${join(home, "state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    // It would win over the file, and the next run without it could not read the state.
    PULUMI_CONFIG_PASSPHRASE: undefined,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/**
 * A project of this platform's own, which runs the program of the repository: the CLI writes into the files of a
 * project, and those of the repository must stay as they are.
 */
function writeProject(platform: Platform, city: string, settings: StackSettings): string {
  const project = join(platform.directory, "pulumi", "project");
  mkdirSync(project, { recursive: true, mode: 0o700 });
  const original = parse(readFileSync(join(platform.project, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
  const projectFile = { ...original, main: join(platform.root, "index.ts") };
  writeFileSync(join(project, "Pulumi.yaml"), stringify(projectFile));
  const stackFile = join(project, `Pulumi.${city}.yaml`);
  const before = existsSync(stackFile) ? (parse(readFileSync(stackFile, "utf8")) as Record<string, unknown>) : {};
  // A new salt would make the secrets in the stack's state unreadable.
  writeFileSync(stackFile, stringify({ ...before, config: settings }), { mode: 0o600 });
  return project;
}

/**
 * `pulumi up` of one city.
 * @returns the engine's own summary, e.g. `68 created` or `68 unchanged`.
 * @throws UserError with the engine's diagnostics.
 */
export async function pulumiUp(platform: Platform, city: string, progress: (line: string) => void): Promise<string[]> {
  const env = pulumiEnvironment(platform);
  const { plain, secrets } = withoutLocalSecrets(localSettings(platform, city));
  const cwd = writeProject(platform, city, plain);
  const select = ["stack", "select", "--create", "--non-interactive", city];
  const selected = await run("pulumi", select, { cwd, env });
  if (selected.exitCode !== 0) throw failure(city, selected.output);
  for (const [path, value] of secrets) {
    // Through standard input: everybody on the machine can see arguments.
    const set = ["config", "set", "--path", "--secret", "--non-interactive", "--stack", city, path];
    const { exitCode, output } = await run("pulumi", set, { cwd, env, input: value });
    if (exitCode !== 0) throw failure(city, output);
  }
  const update = () => runUpdate(city, { cwd, env }, progress);
  let result = await update();
  if (result.exitCode !== 0 && result.output.includes("the stack is currently locked by")) {
    // Runs on a platform are exclusive, so the lock is what an interrupted run left.
    await run("pulumi", ["cancel", "--yes", "--non-interactive", "--stack", city], { cwd, env });
    result = await update();
  }
  if (result.exitCode !== 0) throw failure(city, result.output);
  const counts = summary(result.output);
  if (counts.length === 0) throw new Error(`pulumi up of ${city} ended without a summary:\n${result.output}`);
  return counts;
}

/** Refreshing finds what somebody changed by hand; 64 at once is four times as fast as the default next door. */
const runUpdate = (city: string, options: RunOptions, progress: (line: string) => void) =>
  run(
    "pulumi",
    [
      ...["up", "--yes", "--skip-preview", "--refresh", "--parallel=64", "--suppress-outputs"],
      ...["--non-interactive", "--color=never", "--stack", city],
    ],
    {
      ...options,
      onLine: (line) => {
        if (line.trim() !== "") progress(line.trim());
      },
    },
  );

/** The counts below `Resources:` in the engine's output, without their sum: `~ 1 updated`, `67 unchanged`. */
export function summary(output: string): string[] {
  const [, after = ""] = output.split(/^Resources:$/m);
  return after
    .split("\n")
    .map((line) => line.trim().replace(/^\d+ changes\. /, ""))
    .filter((line) => /^(?:[^\w\s]{1,2} )?\d+ [a-z]+$/.test(line));
}

function failure(city: string, output: string): UserError {
  const diagnostics = output.split(/^Diagnostics:$/m).at(-1) ?? output;
  return new UserError(`pulumi up of ${city} failed`, "mend what it says and run it again", lastLines(diagnostics, 30));
}
