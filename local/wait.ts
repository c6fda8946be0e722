import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "./errors.js";
import type { Kubectl } from "./kubectl.js";
import { hasFailed, lackOf, podTroubles, unready } from "./readiness.js";
import { describeManifest, isAwaited, type Manifest } from "./render/manifests.js";

export interface WaitArgs {
  /** For messages. */
  city: string;
  manifests: readonly Manifest[];
  /** @default 180, or as long as a Job among the objects allows itself */
  timeoutSeconds?: number;
  progress?: (message: string) => void;
}

/** Pause between two looks at the cluster: each one costs a tenth of a second of CPU. */
const pauseMilliseconds = 1000;

/** Pause between two looks into the logs of Jobs, or at pods. */
const talkPauseMilliseconds = 5000;

/** Lines of a Job's log that tell why it failed. */
const logLines = 8;

const defaultTimeout = 180;
/** Seconds after the end of a Job's own patience in which its controller says so. */
const verdict = 15;

/** Seconds that objects get to become ready. */
export function patienceFor(manifests: readonly Manifest[]): number {
  const deadlines = manifests.flatMap(({ kind, spec }) => {
    const seconds = (spec as { activeDeadlineSeconds?: number } | undefined)?.activeDeadlineSeconds;
    return kind === "Job" && seconds !== undefined ? [seconds + verdict] : [];
  });
  return Math.max(defaultTimeout, ...deadlines);
}

/**
 * Waits until every object is ready.
 * @throws UserError naming what is not, what it lacks, why its pods are not placed, and the last words of Jobs. A Job
 * that has given up ends the wait at once.
 */
export async function waitUntilReady(kubectl: Kubectl, args: WaitArgs): Promise<void> {
  const { city, progress = () => undefined } = args;
  const manifests = args.manifests.filter(isAwaited);
  const timeoutSeconds = args.timeoutSeconds ?? patienceFor(manifests);
  const end = Date.now() + timeoutSeconds * 1000;
  const said = talk(kubectl);
  for (;;) {
    const live = await kubectl.get(manifests);
    const lacking = unready(live);
    if (lacking.length === 0 && live.length >= manifests.length) return;
    const failed = live.filter(hasFailed);
    if (failed.length > 0 || Date.now() >= end) {
      const [first] = failed;
      throw new UserError(
        first ? `${describeManifest(first)} of ${city} has failed` : `${city} is not ready after ${timeoutSeconds} s`,
        "mend the cause and run it again; what is ready stays",
        await reasons(kubectl, manifests, live),
      );
    }
    const [first] = lacking;
    progress(
      first
        ? `${manifests.length - lacking.length} of ${manifests.length} objects ready, e.g. ${first.object}: ${first.lack}${await said(live)}`
        : `${live.length} of ${manifests.length} objects there`,
    );
    await sleep(pauseMilliseconds);
  }
}

const unfinishedJobs = (live: readonly Manifest[]): Manifest[] =>
  live.filter((object) => object.kind === "Job" && lackOf(object) !== undefined);

/**
 * What the first unfinished Job says, for a line of progress; where there is none, why a pod is not placed or does not
 * start. Asked now and then.
 */
function talk(kubectl: Kubectl): (live: readonly Manifest[]) => Promise<string> {
  let [about, asked, answer] = ["", 0, ""];
  return async (live) => {
    const [job] = unfinishedJobs(live);
    const name = job?.metadata.name ?? "";
    if (name === about && Date.now() - asked < talkPauseMilliseconds) return answer;
    const [line] = job ? await kubectl.lastWords(job, 1) : podTroubles(await podsToBlame(kubectl, live));
    [about, asked] = [name, Date.now()];
    if (line === undefined) answer = "";
    else answer = job ? `; ${name} says: ${line}` : `; ${line}`;
    return answer;
  };
}

/** All pods, without those that failed on the way of a Job that has come to its end since. */
async function podsToBlame(kubectl: Kubectl, live: readonly Manifest[]): Promise<Manifest[]> {
  const complete = live.filter((object) => object.kind === "Job" && lackOf(object) === undefined);
  const pods = (await kubectl.list(["pods", "--all-namespaces"])) as (Manifest & Owned)[];
  return pods.filter(
    ({ metadata: { namespace, ownerReferences = [] } }) =>
      !complete.some(
        ({ metadata: job }) =>
          job.namespace === namespace && ownerReferences.some(({ kind, name }) => kind === "Job" && name === job.name),
      ),
  );
}

interface Owned {
  metadata: { ownerReferences?: readonly { kind: string; name: string }[] };
}

/** Everything that is known about why objects are not ready, one reason a line. */
async function reasons(kubectl: Kubectl, manifests: readonly Manifest[], live: readonly Manifest[]): Promise<string[]> {
  const there = live.map(describeManifest);
  const missing = manifests.map(describeManifest).filter((name) => !there.includes(name));
  const words = await Promise.all(
    unfinishedJobs(live).map(async (job) => {
      const lines = await kubectl.lastWords(job, logLines);
      return lines.map((line) => `${describeManifest(job)} says: ${line}`);
    }),
  );
  return [
    ...missing.map((name) => `${name}: is not there`),
    ...unready(live).map(({ object, lack }) => `${object}: ${lack}`),
    ...words.flat(),
    ...podTroubles(await podsToBlame(kubectl, live)),
  ];
}
