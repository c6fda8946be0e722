import type { Platform } from "../platform.js";
import type { CapturedResource, CapturedStack } from "../render/capture.js";
import { settingsFor, type RenderTarget } from "../render/city.js";
import { fixtures, previewFixtures } from "../render/fixtures.js";
import { render } from "../render/render.js";
import { redacted } from "../render/secrets.js";
import { projectName, toStackConfig } from "../render/stackFile.js";
import { withoutStacks } from "../render/withoutStacks.js";
import type { AnalyzedStack } from "./analyzer.js";
import { withDefaultTags } from "./defaultTags.js";
import { outputsAfterUpdate, outputsOfFirstPreview } from "./judgeStack.js";

/** A stack as one of its targets has it. */
export interface CheckedStack {
  stack: string;
  target: RenderTarget;
}

/** One run of the engine that a check stands in for. */
export interface CheckedRun extends CheckedStack {
  preview: boolean;
}

/** `jakarta, production, preview` */
export const describeRun = ({ stack, target, preview }: CheckedRun): string =>
  `${stack}, ${target}, ${preview ? "preview" : "update"}`;

/** What a stack registers in that run. Values that only the update knows are unknown in a preview. */
export const captureRun = (platform: Platform, run: CheckedRun): Promise<CapturedStack> =>
  withoutStacks(async () =>
    withDefaultTags(
      await render({
        root: platform.project,
        stack: run.stack,
        settings: settingsFor(platform, run.stack, run.target),
        surroundings: run.preview ? previewFixtures : fixtures,
        preview: run.preview,
      }),
    ),
  );

/** What a pack is told of a stack before any resource. */
export const analyzedStack = (platform: Platform, checked: CheckedStack): AnalyzedStack => ({
  project: projectName(platform.project),
  stack: checked.stack,
  config: toStackConfig(settingsFor(platform, checked.stack, checked.target), () => redacted).values,
});

/** What the engine has to show at the end of that run. */
export const outputsIn = ({ preview }: CheckedRun): ((resource: CapturedResource) => Record<string, unknown>) =>
  preview ? outputsOfFirstPreview : outputsAfterUpdate;
