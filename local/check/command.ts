import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suggestion } from "../../stacks/configErrors.js";
import { UserError } from "../errors.js";
import { toJson } from "../render/canonical.js";
import { renderTargets, stacksFor, type RenderTarget } from "../render/city.js";
import type { CheckedStack } from "./checkedStack.js";
import { humanReport } from "./humanReport.js";
import type { CheckReport } from "./report.js";
import { sarifReport } from "./sarifReport.js";

export interface CheckCommandArgs {
  /** @default all stacks */
  stack: string | undefined;
  /** `local` or `production`. @default both */
  target: string | undefined;
  /** Directory to write `check.json`, `check.sarif` and `check.txt` to. @default none */
  out: string | undefined;
}

export interface CheckResult {
  text: string;
  /** Whether nothing was found that stops a deployment. */
  isClean: boolean;
}

/** Judges some stacks by the pack. */
export type JudgeStacks = (stacks: readonly CheckedStack[]) => Promise<CheckReport>;

/**
 * Judges stacks by the policy pack, each as a preview and as an update, without an engine, a cluster or credentials.
 * @throws UserError for an unknown stack or target, and for a pack that does not start.
 */
export async function checkCommand(args: CheckCommandArgs, judge: JudgeStacks): Promise<CheckResult> {
  const report = await judge(stacksOf(args));
  const text = humanReport(report);
  if (args.out !== undefined && args.out !== "") {
    const out = resolve(args.out);
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "check.txt"), `${text}\n`);
    writeFileSync(join(out, "check.json"), toJson(report));
    writeFileSync(join(out, "check.sarif"), toJson(sarifReport(report)));
  }
  return { text, isClean: !report.violations.some(({ isMandatory }) => isMandatory) };
}

function stacksOf({ stack, target }: CheckCommandArgs): CheckedStack[] {
  const targets = targetsOf(target);
  const known = [...new Set(targets.flatMap(stacksFor))];
  if (stack !== undefined && stack !== "" && !known.includes(stack))
    throw new UserError(`"${stack}" is no stack${suggestion(stack, known)}`, "make check STACK=jakarta");
  return targets.flatMap((each) =>
    stacksFor(each)
      .filter((name) => stack === undefined || stack === "" || name === stack)
      .map((name) => ({ stack: name, target: each })),
  );
}

function targetsOf(target: string | undefined): readonly RenderTarget[] {
  if (target === undefined || target === "") return renderTargets;
  if (target === "local" || target === "production") return [target];
  throw new UserError(`TARGET is "${target}"`, 'set it to "local" or "production", or leave it out for both');
}
