import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { capacityTable } from "./capacityTable.js";
import { costLines } from "./cost/lines.js";
import { readPriceList } from "./cost/priceList.js";
import { costTable, estateTable } from "./costTable.js";
import { UserError } from "./errors.js";
import { suggestion } from "../stacks/configErrors.js";
import type { Platform } from "./platform.js";
import { canonical, toJson } from "./render/canonical.js";
import type { CapturedStack } from "./render/capture.js";
import {
  configOf,
  globalStack,
  renderStack,
  renderTargets,
  settingsFor,
  stacksFor,
  type RenderTarget,
} from "./render/city.js";
import { manifestsOf, manifestYaml } from "./render/manifests.js";
import { redacted, redactSecrets } from "./render/secrets.js";

export interface RenderCommandArgs {
  /** @default all stacks of production */
  stack: string | undefined;
  /** Directory to write to, with one for each stack where no stack is named; only the tables are printed without one. */
  out: string | undefined;
  /** @default "local" */
  target: string | undefined;
}

/**
 * Writes what a stack would register: `resources.json`, `outputs.json` and `manifests.yaml`, secrets redacted.
 * @returns what to print.
 */
export async function renderCommand(platform: Platform, args: RenderCommandArgs): Promise<string> {
  if (args.stack === undefined || args.stack === "") return renderEstate(platform, args);
  const stack = requireStack(args.stack);
  const target = stack === globalStack ? "production" : requireTarget(args.target);
  const captured = await renderStack(platform, stack, target);
  const prices = readPriceList();
  const lines = [
    `${stack}: ${captured.resources.length} resources` +
      (target === "local"
        ? `, for its local cluster (local/cities/${stack}.yaml); TARGET=production for the stack file alone`
        : ""),
  ];
  if (stack !== globalStack)
    lines.push(capacityTable(configOf(platform, stack, settingsFor(platform, stack, target), () => redacted)));
  if (target === "production") lines.push(costTable(costLines(captured, prices), prices));
  if (isGiven(args.out)) lines.push(write(captured, resolve(args.out)));
  return lines.join("\n");
}

/** The same for all stacks of production, with what they cost together. */
async function renderEstate(platform: Platform, { out, target }: RenderCommandArgs): Promise<string> {
  if (isGiven(target) && requireTarget(target) === "local")
    throw new UserError("no stack is named", `make render STACK=${stacksFor("local").join("|")}`);
  const prices = readPriceList();
  const lines: string[] = [];
  const costs = [];
  for (const stack of stacksFor("production")) {
    const captured = await renderStack(platform, stack, "production");
    lines.push(`${stack}: ${captured.resources.length} resources`);
    costs.push(...costLines(captured, prices));
    if (isGiven(out)) lines.push(write(captured, resolve(out, stack)));
  }
  return [...lines, estateTable(costs, prices)].join("\n");
}

/** Writes a stack's files into a directory, and says so. */
function write(captured: CapturedStack, directory: string): string {
  mkdirSync(directory, { recursive: true });
  const { resources, outputs } = canonical(captured);
  const manifests = manifestsOf(captured, redactSecrets);
  writeFileSync(join(directory, "resources.json"), toJson(resources));
  writeFileSync(join(directory, "outputs.json"), toJson(outputs));
  writeFileSync(
    join(directory, "manifests.yaml"),
    manifests.map((manifest) => `---\n${manifestYaml(manifest)}`).join(""),
  );
  return `Wrote resources.json, outputs.json and manifests.yaml (${manifests.length} objects) to ${directory}.`;
}

/** A variable that is set to nothing counts as not set. */
const isGiven = (value: string | undefined): value is string => value !== undefined && value !== "";

/** Writes the golden files anew. */
export async function updateGolden(platform: Platform): Promise<string[]> {
  const files: string[] = [];
  for (const target of renderTargets) {
    for (const stack of stacksFor(target)) {
      const file = goldenFile(platform, stack, target);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, toJson(canonical(await renderStack(platform, stack, target))));
      files.push(file);
    }
  }
  return files;
}

/** The file that says what a stack is expected to register; those of production have a directory of their own. */
export const goldenFile = (platform: Platform, stack: string, target: RenderTarget = "local"): string =>
  join(platform.root, "tests", "golden", ...(target === "production" ? [target] : []), `${stack}.json`);

function requireStack(stack: string): string {
  const stacks = stacksFor("production");
  if (!stacks.includes(stack))
    throw new UserError(`"${stack}" is no stack${suggestion(stack, stacks)}`, "make render STACK=jakarta");
  return stack;
}

function requireTarget(target: string | undefined): RenderTarget {
  if (!isGiven(target) || target === "local") return "local";
  if (target === "production") return target;
  throw new UserError(`TARGET is "${target}"`, 'set it to "local" or "production"');
}
