import type { Platform } from "../platform.js";
import type { CapturedStack } from "../render/capture.js";
import { Analyzer } from "./analyzer.js";
import { analyzedStack, captureRun, describeRun, outputsIn, type CheckedRun } from "./checkedStack.js";
import { rulesOf } from "./describedRule.js";
import { judgeStack } from "./judgeStack.js";
import { compiledPack } from "./pack.js";
import type { JudgeStack } from "./processes.js";
import type { CheckReport } from "./report.js";

const ignore = (): void => undefined;

/**
 * Judges a stack as a preview and as an update, by one process, as an `up` that previews first.
 * @param pack path of the compiled pack.
 */
export const judgeStackBy =
  (platform: Platform, pack: string): JudgeStack =>
  async (checked) => {
    const starting = Analyzer.start(platform.root, compiledPack(pack), analyzedStack(platform, checked));
    // Its error is met where it is waited for, which may be after it has failed.
    starting.catch(ignore);
    try {
      const captured: [CheckedRun, CapturedStack][] = [];
      for (const preview of [true, false]) {
        const run = { ...checked, preview };
        captured.push([run, await captureRun(platform, run)]);
      }
      const analyzer = await starting;
      const report: CheckReport = { runs: [], rules: rulesOf(await analyzer.info()), violations: [] };
      for (const [run, stack] of captured) {
        await analyzer.begin(run.preview);
        report.violations.push(...(await judgeStack(analyzer, stack, outputsIn(run), describeRun(run))));
        report.runs.push({ run: describeRun(run), resources: stack.resources.length });
      }
      return report;
    } finally {
      starting.then((analyzer) => {
        analyzer.stop();
      }, ignore);
    }
  };
