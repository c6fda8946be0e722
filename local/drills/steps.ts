import { sqlInLeader } from "./archive.js";
import type { Drill } from "./drill.js";
import { cutFor, keepDown, podOf, podOfMember, switchCityOff } from "./faults.js";
import { now } from "./drill.js";
import type { Step } from "./scenario.js";
import { bounds } from "./bounds.js";

/** Waits while the fault lasts. */
export const hold = (seconds: number): Step => ({
  what: `${seconds} s pass`,
  isPause: true,
  act: (drill) => drill.hold(seconds),
});

/** Seconds without a break after which writes count as back. */
const steady = 3;

/** When the newest acknowledged write of a city was acknowledged. */
export function lastAcknowledged(drill: Drill, city: string): number {
  const last = drill
    .client(city)
    .history.operations.findLast(({ kind, outcome }) => kind === "write" && outcome === "ok");
  return last?.ended ?? -Infinity;
}

/** Waits until clients of some cities can write again, and a little longer; for no longer than the requirement allows. */
export const untilWritesAreBack = (cities: readonly string[], atLeast: number): Step => ({
  what: `writes come back, for which ${bounds.recoveryLimit} s are given`,
  isPause: true,
  act: async (drill) => {
    await drill.hold(atLeast);
    let since: number | undefined;
    const missing = await drill.waitFor(() => {
      const late = cities.filter((city) => lastAcknowledged(drill, city) < now() - 1);
      if (late.length > 0) since = undefined;
      else since ??= now();
      return since !== undefined && now() - since >= steady ? [] : ["writes"];
    }, bounds.recoveryLimit);
    drill.mark(missing.length === 0 ? "writes are back" : "writes did not come back");
  },
});

export const cutCity = (city: string): Step => ({
  what: `the links of ${city} are cut`,
  act: (drill) => cutFor(drill, city),
});

export const loseCity = (city: string): Step => ({
  what: `${city} loses its power: links, nodes and control plane`,
  act: (drill) => switchCityOff(drill, city),
});

/** Keeps pods of the tier down. */
export const losePods = (city: string, names: readonly string[], what: string): Step => ({
  what,
  act: async (drill) => {
    await Promise.all(names.map((name) => keepDown(drill, podOf(drill, city, name))));
  },
});

/** Does something to the pod of whoever leads. */
export const toLeader = (
  what: string,
  act: (drill: Drill, pod: ReturnType<typeof podOf>) => Promise<void> | void,
): Step => ({
  what,
  act: async (drill) => {
    await act(drill, podOfMember(drill, drill.leader()));
  },
});

/** While an archive is away. */
export const finishFilesOfWal: Step = {
  what: "files of WAL are finished that can't be archived there",
  act: async (drill) => {
    for (let count = 0; count < 4; count += 1) {
      await sqlInLeader(drill, "select pg_switch_wal();");
      await drill.hold(10);
    }
  },
};

/** Follows a runbook while everything else goes on. */
export const runbook = (
  what: string,
  name: string,
  values: Readonly<Record<string, string>>,
  sections?: readonly string[],
): Step => ({
  what,
  act: async (drill) => {
    await drill.followRunbook({ name, values, ...(sections && { sections }) });
  },
});
