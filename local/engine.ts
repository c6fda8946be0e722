import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { stringify } from "yaml";
import { lastLines, UserError } from "./errors.js";
import type { Platform } from "./platform.js";
import { run } from "./process.js";
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
  if (choice !== undefined && choice !== "" && choice !== "pulumi" && choice !== "kubectl") {
    throw new UserError(`ENGINE is "${choice}"`, 'set it to "pulumi" or "kubectl"');
  }
  if (choice === "pulumi" && !available) {
    throw new UserError("ENGINE is pulumi, and there is no Pulumi CLI on PATH", "install it, or leave ENGINE out");
  }
  const engine: Engine = choice === "pulumi" || choice === "kubectl" ? choice : available ? "pulumi" : "kubectl";
  const file = engineFile(platform);
  const before = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  if (before !== undefined && before !== engine) {
    throw new UserError(
      `this platform was brought up by ${before}, and now ${engine} would do it`,
      `ENGINE=${before} make up, or make down first`,
    );
  }
  const why =
    choice !== undefined && choice !== ""
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

/** Environment of the CLI: a backend, a passphrase and a home of this platform's own. */
function pulumiEnvironment(platform: Platform): Record<string, string> {
  const home = join(platform.directory, "pulumi");
  const passphrase = join(home, "passphrase");
  mkdirSync(join(home, "state"), { recursive: true, mode: 0o700 });
  if (!existsSync(passphrase)) writeFileSync(passphrase, randomBytes(32).toString("hex"), { mode: 0o600 });
  return {
    PULUMI_BACKEND_URL: `file://${join(home, "state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/**
 * `pulumi up` of one city.
 * @returns the engine's own summary, e.g. `68 created` or `68 unchanged`.
 * @throws UserError with the engine's diagnostics.
 */
export async function pulumiUp(platform: Platform, city: string, progress: (line: string) => void): Promise<string[]> {
  const env = pulumiEnvironment(platform);
  const configFile = join(platform.directory, "pulumi", `Pulumi.${city}.yaml`);
  const known = existsSync(configFile)
    ? /^encryptionsalt: .*$/m.exec(readFileSync(configFile, "utf8"))?.[0]
    : undefined;
  // A new salt would make the secrets in the stack's state unreadable.
  writeFileSync(
    configFile,
    `${known === undefined ? "" : `${known}\n`}${stringify({ config: localSettings(platform, city) })}`,
    {
      mode: 0o600,
    },
  );
  const options = { cwd: platform.root, env };
  const common = ["--non-interactive", "--color=never", "--stack", city, "--config-file", configFile];
  const selected = await run(
    "pulumi",
    ["stack", "select", "--create", "--non-interactive", city, "--config-file", configFile],
    options,
  );
  if (selected.exitCode !== 0) throw failure(city, selected.output);
  // Four times as fast as the default against an API server that is next door.
  const arguments_ = ["up", "--yes", "--skip-preview", "--parallel=64", "--suppress-outputs", ...common];
  const { exitCode, output } = await run("pulumi", arguments_, {
    ...options,
    onLine: (line) => {
      if (line.trim() !== "") progress(line.trim());
    },
  });
  if (exitCode !== 0) throw failure(city, output);
  return summary(output);
}

/** The lines below `Resources:` in the engine's output. */
export function summary(output: string): string[] {
  const [, after = ""] = output.split(/^Resources:$/m);
  return after
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => /^[+~\-±]*\s*\d+ /.test(line));
}

function failure(city: string, output: string): UserError {
  const diagnostics = output.split(/^Diagnostics:$/m).at(-1) ?? output;
  return new UserError(`pulumi up of ${city} failed`, "mend what it says and run it again", lastLines(diagnostics, 30));
}
