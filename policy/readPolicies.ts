import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Policies } from "@pulumi/policy";
import { parse } from "yaml";
import { policies } from "./pack.js";
import { rules } from "./rules/index.js";
import { parseSettings, settingsFor, type StackContext } from "./settings.js";
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
  return policies(settingsFor(settings, rules, stack), Waivers.of(waivers, stack.name, now));
}

const stackContext = ({ PULUMI_NODEJS_STACK, PULUMI_STACK, PULUMI_CONFIG }: NodeJS.ProcessEnv): StackContext => ({
  name: PULUMI_NODEJS_STACK ?? PULUMI_STACK ?? "",
  configuration: JSON.parse(PULUMI_CONFIG ?? "{}") as Record<string, string>,
});
