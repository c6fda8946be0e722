import { etcdPod, membersIn, podName } from "../../components/postgres/layout.js";
import type { Drill } from "./drill.js";
import { kubectl } from "./tier.js";

/** Name of a city's vote among its identities, where claims go by their own. */
export const etcdMember = "etcd member";

/** Claims of a city, the same names in each. */
export const claims: readonly string[] = [etcdPod, ...membersIn("jakarta").map(podName)].map((pod) => `data-${pod}`);

/** What a city's data rests on, each with a number that only something new changes: its claims, and its vote in etcd. */
async function identities(drill: Drill, city: string): Promise<Map<string, string>> {
  const range = '{range .items[*]}{.metadata.name}{" "}{.metadata.uid}{"\\n"}{end}';
  const claims = await kubectl(drill.platform, city, ["get", "persistentvolumeclaims", `--output=jsonpath=${range}`]);
  const status = await kubectl(drill.platform, city, [
    ...["exec", etcdPod, "--container=etcd", "--"],
    ...["etcdctl", "endpoint", "status", "--write-out=json"],
  ]);
  // Of 64 bits, which a number of JavaScript does not hold.
  const member = /"member_id":(\d+)/.exec(status)?.[1] ?? "";
  const lines = claims.trim().split("\n");
  return new Map([...lines.map((line) => line.split(" ") as [string, string]), [etcdMember, member]]);
}

/** Does something, and notes what of some cities was to be made anew by it and was not. */
export async function requireNew(
  drill: Drill,
  { cities, names, act }: { cities: readonly string[]; names: readonly string[]; act: () => Promise<unknown> },
): Promise<void> {
  const before = new Map<string, Map<string, string>>();
  for (const city of cities) before.set(city, await identities(drill, city));
  await act();
  for (const city of cities) {
    const after = await identities(drill, city);
    const wrong = names.filter((name) => !after.has(name) || after.get(name) === before.get(city)?.get(name));
    for (const name of wrong)
      drill.complaints.push(`${city}: ${name} is ${after.has(name) ? "the one of before" : "not there"}`);
  }
}
