import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suggestion } from "../../stacks/configErrors.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { UserError } from "../errors.js";
import type { Platform } from "../platform.js";
import { toJson } from "../render/canonical.js";
import type { CapturedStack } from "../render/capture.js";
import type { RenderTarget } from "../render/city.js";
import { Analyzer } from "./analyzer.js";
import {
  allTargets,
  analyzedStack,
  captureRun,
  describeRun,
  outputsIn,
  type CheckedRun,
  type CheckedStack,
} from "./checkedStack.js";
import { humanReport } from "./humanReport.js";
import { judgeStack } from "./judgeStack.js";
import { compilePack } from "./pack.js";
import { rulesOf, type DescribedRule } from "./describedRule.js";
import { sarifReport } from "./sarifReport.js";
import { merged, type Violation } from "./violation.js";

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

/** What a check found in all runs that it stands in for. */
export interface CheckReport {
  runs: { run: string; resources: number }[];
  rules: DescribedRule[];
  violations: Violation[];
}

/**
 * Judges stacks by the policy pack, each as a preview and as an update, without an engine, a cluster or credentials.
 * @throws UserError for an unknown stack or target, and for a pack that does not start.
 */
export async function checkCommand(platform: Platform, args: CheckCommandArgs): Promise<CheckResult> {
  const report = await check(platform, stacksOf(args));
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

/** Judges some stacks by the pack as its sources are now. */
export async function check(platform: Platform, stacks: readonly CheckedStack[]): Promise<CheckReport> {
  const program = join(platform.root, ".local", "policy.cjs");
  await compilePack(platform.root, program);
  const judgements: Promise<CheckReport>[] = [];
  for (const checked of stacks) {
    const starting = Analyzer.start(platform.root, program, analyzedStack(platform, checked));
    // Its error is met where it is waited for, which may be after it has failed.
    starting.catch(ignore);
    // The runtime captures one program at a time; meanwhile the packs start, and judge what was captured before.
    const captured = await captureRuns(platform, checked).catch((error: unknown) => {
      starting.then((analyzer) => {
        analyzer.stop();
      }, ignore);
      throw error;
    });
    const judgement = judgeRuns(starting, captured);
    // Whoever waits for all of them below meets the error.
    judgement.catch(ignore);
    judgements.push(judgement);
  }
  const reports = await Promise.all(judgements);
  return {
    runs: reports.flatMap(({ runs }) => runs),
    rules: reports[0]?.rules ?? [],
    violations: merged(reports.flatMap(({ violations }) => violations)),
  };
}

const ignore = (): void => undefined;

type CapturedRun = readonly [CheckedRun, CapturedStack];

async function captureRuns(platform: Platform, checked: CheckedStack): Promise<CapturedRun[]> {
  const captured: CapturedRun[] = [];
  for (const preview of [true, false]) {
    const run = { ...checked, preview };
    captured.push([run, await captureRun(platform, run)]);
  }
  return captured;
}

/** Judges the runs of one stack, in order, by one process, as an `up` that previews first. */
async function judgeRuns(starting: Promise<Analyzer>, captured: readonly CapturedRun[]): Promise<CheckReport> {
  const analyzer = await starting;
  try {
    const report: CheckReport = { runs: [], rules: rulesOf(await analyzer.info()), violations: [] };
    for (const [run, stack] of captured) {
      await analyzer.begin(run.preview);
      report.violations.push(...(await judgeStack(analyzer, stack, outputsIn(run), describeRun(run))));
      report.runs.push({ run: describeRun(run), resources: stack.resources.length });
    }
    return report;
  } finally {
    analyzer.stop();
  }
}

function stacksOf({ stack, target }: CheckCommandArgs): CheckedStack[] {
  const known = cityNames(nusantara);
  if (stack !== undefined && stack !== "" && !known.includes(stack))
    throw new UserError(`"${stack}" is no stack${suggestion(stack, known)}`, "make check STACK=jakarta");
  const names = stack === undefined || stack === "" ? known : [stack];
  return names.flatMap((name) => targetsOf(target).map((each) => ({ stack: name, target: each })));
}

function targetsOf(target: string | undefined): readonly RenderTarget[] {
  if (target === undefined || target === "") return allTargets;
  if (target === "local" || target === "production") return [target];
  throw new UserError(`TARGET is "${target}"`, 'set it to "local" or "production", or leave it out for both');
}
