import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "./errors.js";
import type { Kubectl } from "./kubectl.js";
import { podTroubles, unready } from "./readiness.js";
import { describeManifest, type Manifest } from "./render/manifests.js";

export interface WaitArgs {
  /** For messages. */
  city: string;
  manifests: readonly Manifest[];
  /** @default 180 */
  timeoutSeconds?: number;
  progress?: (message: string) => void;
}

/** Pause between two looks at the cluster: each one costs a tenth of a second of CPU. */
const pauseMilliseconds = 1000;

/**
 * Waits until every object is ready.
 * @throws UserError naming what is not, what it lacks, and why its pods are not placed.
 */
export async function waitUntilReady(kubectl: Kubectl, args: WaitArgs): Promise<void> {
  const { city, manifests, timeoutSeconds = 180, progress = () => undefined } = args;
  const end = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const live = await kubectl.get(manifests);
    const lacking = unready(live);
    if (lacking.length === 0 && live.length >= manifests.length) return;
    const [first] = lacking;
    progress(
      first
        ? `${manifests.length - lacking.length} of ${manifests.length} objects ready, e.g. ${first.object}: ${first.lack}`
        : `${live.length} of ${manifests.length} objects there`,
    );
    if (Date.now() >= end) {
      const pods = await kubectl.list(["pods", "--all-namespaces"]);
      const missing = manifests.map(describeManifest).filter((name) => !live.map(describeManifest).includes(name));
      const lines = [
        ...missing.map((name) => `${name}: is not there`),
        ...lacking.map(({ object, lack }) => `${object}: ${lack}`),
        ...podTroubles(pods),
      ];
      throw new UserError(
        `${city} is not ready after ${timeoutSeconds} s`,
        "mend the cause and run it again; what is ready stays",
        lines,
      );
    }
    await sleep(pauseMilliseconds);
  }
}
