import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { capacityTable } from "./capacityTable.js";
import { UserError } from "./errors.js";
import { suggestion } from "../stacks/configErrors.js";
import type { Platform } from "./platform.js";
import { canonical, toJson } from "./render/canonical.js";
import {
  configOf,
  globalStack,
  renderStack,
  renderTargets,
  settingsFor,
  stacksFor,
  type RenderTarget,
} from "./render/city.js";
import { manifestsOf } from "./render/manifests.js";
import { redacted, redactSecrets } from "./render/secrets.js";

export interface RenderCommandArgs {
  stack: string | undefined;
  /** Directory to write to; only the tables are printed without one. */
  out: string | undefined;
  /** @default "local" */
  target: string | undefined;
}

/**
 * Writes what a stack would register: `resources.json`, `outputs.json` and `manifests.yaml`, secrets redacted.
 * @returns what to print.
 */
export async function renderCommand(platform: Platform, args: RenderCommandArgs): Promise<string> {
  const stack = requireStack(args.stack);
  const target = stack === globalStack ? "production" : requireTarget(args.target);
  const captured = await renderStack(platform, stack, target);
  const { resources, outputs } = canonical(captured);
  const lines = [
    `${stack}: ${resources.length} resources` +
      (target === "local"
        ? `, for its local cluster (local/cities/${stack}.yaml); TARGET=production for the stack file alone`
        : ""),
  ];
  if (stack !== globalStack)
    lines.push(capacityTable(configOf(platform, stack, settingsFor(platform, stack, target), () => redacted)));
  if (args.out !== undefined && args.out !== "") {
    const out = resolve(args.out);
    mkdirSync(out, { recursive: true });
    const manifests = manifestsOf(captured, redactSecrets);
    writeFileSync(join(out, "resources.json"), toJson(resources));
    writeFileSync(join(out, "outputs.json"), toJson(outputs));
    writeFileSync(join(out, "manifests.yaml"), manifests.map((manifest) => `---\n${stringify(manifest)}`).join(""));
    lines.push(`Wrote resources.json, outputs.json and manifests.yaml (${manifests.length} objects) to ${out}.`);
  }
  return lines.join("\n");
}

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

function requireStack(stack: string | undefined): string {
  const stacks = stacksFor("production");
  if (stack === undefined || stack === "")
    throw new UserError("no stack is named", `make render STACK=${stacks.join("|")}`);
  if (!stacks.includes(stack))
    throw new UserError(`"${stack}" is no stack${suggestion(stack, stacks)}`, "make render STACK=jakarta");
  return stack;
}

function requireTarget(target: string | undefined): RenderTarget {
  if (target === undefined || target === "" || target === "local") return "local";
  if (target === "production") return target;
  throw new UserError(`TARGET is "${target}"`, 'set it to "local" or "production"');
}
