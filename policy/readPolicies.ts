import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Policies } from "@pulumi/policy";
import { parse } from "yaml";
import { policies } from "./pack.js";
import { rules } from "./rules/index.js";
import { parseSettings, settingsFor, SettingsError, type StackContext } from "./settings.js";
import { parseWaivers, Waivers } from "./waivers.js";

/** Files of the pack's directory, which the engine starts it in. */
export const settingsFile = "settings.yaml";
export const waiversFile = "waivers.yaml";

/**
 * The policies for the stack that the engine started the pack for.
 * @param environment what the engine tells a pack: `PULUMI_NODEJS_STACK`, and `PULUMI_CONFIG` as JSON.
 * @throws SettingsError, or whatever reading the files throws: without them nothing is judged, and nothing deployed.
 */
export function readPolicies(directory: string, environment: NodeJS.ProcessEnv, now: Date): Policies {
  const read = (file: string): unknown => parse(readFileSync(join(directory, file), "utf8"));
  const stack = stackContext(environment);
  const settings = parseSettings(`policy/${settingsFile}`, read(settingsFile), rules);
  const waivers = parseWaivers(`policy/${waiversFile}`, read(waiversFile), rules, now);
  const stacks = stacksBeside(directory);
  requireStacks(
    `policy/${settingsFile}`,
    settings.overrides.flatMap((override) => override.stacks ?? []),
    stacks,
  );
  requireStacks(
    `policy/${waiversFile}`,
    waivers.flatMap((waiver) => waiver.stacks ?? []),
    stacks,
  );
  return policies(settingsFor(settings, rules, stack), Waivers.of(waivers, stack.name, now));
}

/** The stacks that the program beside the pack has files for; none where the pack is used by itself. */
const stacksBeside = (directory: string): string[] =>
  readdirSync(join(directory, "..")).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);

/** @throws SettingsError for stacks that are not there: what is said of them would hold nowhere. */
export function requireStacks(file: string, named: readonly string[], stacks: readonly string[]): void {
  const unknown = stacks.length === 0 ? [] : [...new Set(named)].filter((name) => !stacks.includes(name));
  if (unknown.length === 0) return;
  const known = `there is ${stacks.join(", ")}`;
  throw new SettingsError(
    file,
    unknown.map((name) => `there is no stack "${name}"; ${known}`),
  );
}

const stackContext = ({ PULUMI_NODEJS_STACK, PULUMI_STACK, PULUMI_CONFIG }: NodeJS.ProcessEnv): StackContext => ({
  name: PULUMI_NODEJS_STACK ?? PULUMI_STACK ?? "",
  configuration: JSON.parse(PULUMI_CONFIG ?? "{}") as Record<string, string>,
});
