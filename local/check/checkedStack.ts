import type { Platform } from "../platform.js";
import type { CapturedResource, CapturedStack } from "../render/capture.js";
import { settingsFor, type RenderTarget } from "../render/city.js";
import { fixtures, previewFixtures } from "../render/fixtures.js";
import { render } from "../render/render.js";
import { redacted } from "../render/secrets.js";
import { overlaid, projectName, toStackConfig, type StackSettings } from "../render/stackFile.js";
import { withoutStacks } from "../render/withoutStacks.js";
import type { AnalyzedStack } from "./analyzer.js";
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

export const allTargets: readonly RenderTarget[] = ["local", "production"];

/** `jakarta, production, preview` */
export const describeRun = ({ stack, target, preview }: CheckedRun): string =>
  `${stack}, ${target}, ${preview ? "preview" : "update"}`;

/** The components of the target that the stack files ask for are not in this version; all else is judged as it is. */
const withoutEks: StackSettings = { "nusantara:cluster": { kind: "existing", context: "production" } };

function settingsOf(platform: Platform, { stack, target }: CheckedStack): StackSettings {
  const settings = settingsFor(platform, stack, target);
  return target === "production" ? overlaid(settings, withoutEks) : settings;
}

/** What a stack registers in that run. Values that only the update knows are unknown in a preview. */
export const captureRun = (platform: Platform, run: CheckedRun): Promise<CapturedStack> =>
  withoutStacks(() =>
    render({
      root: platform.project,
      stack: run.stack,
      settings: settingsOf(platform, run),
      surroundings: run.preview ? previewFixtures : fixtures,
      preview: run.preview,
    }),
  );

/** What a pack is told of a stack before any resource. */
export const analyzedStack = (platform: Platform, checked: CheckedStack): AnalyzedStack => ({
  project: projectName(platform.project),
  stack: checked.stack,
  config: toStackConfig(settingsOf(platform, checked), () => redacted).values,
});

/** What the engine has to show at the end of that run. */
export const outputsIn = ({ preview }: CheckedRun): ((resource: CapturedResource) => Record<string, unknown>) =>
  preview ? outputsOfFirstPreview : outputsAfterUpdate;
