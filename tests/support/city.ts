import { resolve } from "node:path";
import type { CapturedStack } from "../../local/render/capture.js";
import { render } from "../../local/render/render.js";
import { overlaid, readStackFile, type StackSettings } from "../../local/render/stackFile.js";
import { withoutStacks } from "./withoutStacks.js";

export const root = resolve(__dirname, "..", "..");

/** What stands in for the clusters of the real stack files, where a test is not about AWS. */
const anyCluster: StackSettings = { "nusantara:cluster": { kind: "existing", context: "test" } };

/** The real file of a city's stack, for a cluster that is already there. */
export const settingsOf = (city: string): StackSettings => overlaid(readStackFile(root, city), anyCluster);

/** Registers a city as its real file has it for production on EKS, with changes on top, key by key. */
export const renderProduction = (city: string, changes: StackSettings = {}): Promise<CapturedStack> =>
  withoutStacks(() => render({ root, stack: city, settings: overlaid(readStackFile(root, city), changes) }));

/** Registers a city as its real file has it, on a cluster that is there, with changes on top, key by key. */
export const renderCity = (city: string, changes: StackSettings = {}): Promise<CapturedStack> =>
  withoutStacks(() => render({ root, stack: city, settings: overlaid(settingsOf(city), changes) }));
