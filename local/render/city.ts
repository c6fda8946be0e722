import { parseCityConfig, type CityConfig } from "../../stacks/config.js";
import { rawConfig } from "../../stacks/readConfig.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { overlayFor, readOverlay, type NodeKind, type Platform } from "../platform.js";
import type { CapturedStack } from "./capture.js";
import { render } from "./render.js";
import { overlaid, projectName, readStackFile, toStackConfig, type StackSettings } from "./stackFile.js";

/** What a render is for: a cluster of the local platform, or what the stack's file says. */
export type RenderTarget = "local" | "production";
export const renderTargets: readonly RenderTarget[] = ["local", "production"];

/** Settings of a city for a render. They hold nothing of this machine, so that a render is the same everywhere. */
export function settingsFor(
  platform: Platform,
  city: string,
  target: RenderTarget,
  nodes: NodeKind = "simulated",
): StackSettings {
  const settings = readStackFile(platform.project, city);
  if (target === "production") return settings;
  return overlaid(settings, overlayFor(readOverlay(platform, city), nodes).settings);
}

/** What a city's stack registers, with fixtures for everything that a provider or another stack would give. */
export const renderCity = (
  platform: Platform,
  city: string,
  target: RenderTarget = "local",
  nodes: NodeKind = "simulated",
): Promise<CapturedStack> =>
  render({ root: platform.project, stack: city, settings: settingsFor(platform, city, target, nodes) });

/** The stack that links the cities. It is production's only: the local platform links its cities itself. */
export const globalStack = "global";

/** What any stack registers, with fixtures for everything that a provider or another stack would give. */
export const renderStack = (platform: Platform, stack: string, target: RenderTarget): Promise<CapturedStack> =>
  stack === globalStack ? render({ root: platform.project, stack }) : renderCity(platform, stack, target);

/** The stacks that there are for a target. */
export const stacksFor = (target: RenderTarget): string[] => [
  ...cityNames(nusantara),
  ...(target === "production" ? [globalStack] : []),
];

/**
 * The checked configuration that a city's settings amount to.
 * @throws ConfigError with every problem.
 */
export function configOf(
  platform: Platform,
  city: string,
  settings: StackSettings,
  decrypt: (key: string) => string,
): CityConfig {
  const { values, secretKeys } = toStackConfig(settings, decrypt);
  const source = `Pulumi.${city}.yaml with local/cities/${city}.yaml`;
  const project = projectName(platform.project);
  return parseCityConfig(
    rawConfig(source, project, values, (key) => secretKeys.includes(key)),
    nusantara,
  );
}
