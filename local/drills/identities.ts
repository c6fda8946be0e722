import { etcdPod, membersIn, podName } from "../../components/postgres/layout.js";
import type { Drill } from "./drill.js";
import { etcdMemberId, kubectl } from "./tier.js";

/** Name of a city's vote among its identities, where claims go by their own. */
export const etcdMember = "etcd member";

/** Pods of a city that have data, the same names in each. */
const pods: readonly string[] = [etcdPod, ...membersIn("jakarta").map(podName)];

const claimOf = (pod: string): string => `data-${pod}`;

/** Claims of a city, the same names in each. */
export const claims: readonly string[] = pods.map(claimOf);

/** Deletes claims and pods of a city, as when their disks are lost; those of all pods by default. */
export async function loseVolumes(drill: Drill, city: string, lost: readonly string[] = pods): Promise<void> {
  await kubectl(drill.platform, city, ["delete", "pvc", "--wait=false", ...lost.map(claimOf)]);
  await kubectl(drill.platform, city, ["delete", "pod", "--wait=false", ...lost]);
}

/** Takes every claim of some cities away and begins on empty volumes, as when namespaces are deleted and made again. */
export async function loseClaims(drill: Drill, cities: readonly string[]): Promise<void> {
  const everywhere = (words: readonly string[], seconds?: number) =>
    Promise.all(cities.map((city) => kubectl(drill.platform, city, words, { seconds })));
  const scaleUp = async () => {
    await everywhere(["scale", "statefulset/core", "statefulset/reporting", "--replicas=2"]);
    await everywhere(["scale", "statefulset/etcd", "--replicas=1"]);
  };
  drill.onHealing("scale the sets up", scaleUp);
  await everywhere(["scale", "statefulset/core", "statefulset/reporting", "statefulset/etcd", "--replicas=0"]);
  await everywhere(["wait", ...pods.map((pod) => `pod/${pod}`), "--for=delete", "--timeout=300s"], 310);
  await everywhere(["delete", "pvc", ...claims]);
  await scaleUp();
}

/** A field of each claim of a city. */
async function fieldOfClaims(drill: Drill, city: string, field: string): Promise<Map<string, string>> {
  const range = `{range .items[*]}{.metadata.name}{" "}{${field}}{"\\n"}{end}`;
  const text = await kubectl(drill.platform, city, ["get", "persistentvolumeclaims", `--output=jsonpath=${range}`]);
  const lines = text.trim().split("\n");
  return new Map(lines.map((line) => line.split(" ") as [string, string]));
}

/** What a city's data rests on, each with a number that only something new changes: its claims, and its vote in etcd. */
async function identities(drill: Drill, city: string): Promise<Map<string, string>> {
  const found = await fieldOfClaims(drill, city, ".metadata.uid");
  return found.set(etcdMember, await etcdMemberId(drill.platform, city));
}

interface Comparison {
  cities: readonly string[];
  names: readonly string[];
  act: () => Promise<unknown>;
}

/** Does something, and complains of what is wrong with names in some cities after it. */
async function compare(
  drill: Drill,
  { cities, names, act }: Comparison,
  look: (city: string) => Promise<Map<string, string>>,
  wrong: (before: string | undefined, after: string | undefined) => string | undefined,
): Promise<void> {
  const before = new Map<string, Map<string, string>>();
  for (const city of cities) before.set(city, await look(city));
  await act();
  for (const city of cities) {
    const after = await look(city);
    for (const name of names) {
      const what = wrong(before.get(city)?.get(name), after.get(name));
      if (what !== undefined) drill.complaints.push(`${city}: ${name} ${what}`);
    }
  }
}

/** Does something, and notes what of some cities was to be made anew by it and was not. */
export const requireNew = (drill: Drill, comparison: Comparison): Promise<void> =>
  compare(
    drill,
    comparison,
    (city) => identities(drill, city),
    (before, after) => {
      if (after === undefined) return "is not there";
      return after === before ? "is the one of before" : undefined;
    },
  );

/** Does something, and notes which claims of some cities have other volumes after it. */
export const requireSameVolumes = (drill: Drill, comparison: Comparison): Promise<void> =>
  compare(
    drill,
    comparison,
    (city) => fieldOfClaims(drill, city, ".spec.volumeName"),
    (before, after) => (after === undefined || after !== before ? "has another volume than before" : undefined),
  );
