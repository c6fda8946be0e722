import { etcdPod } from "../../components/postgres/layout.js";
import type { Drill } from "./drill.js";
import type { RunbookArgs } from "./runbooks.js";
import { kubectl } from "./tier.js";

/** Name of a city's vote among its identities, where claims go by their own. */
export const etcdMember = "etcd member";

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

/** Follows a runbook, and notes what of a city was to be made anew by it and was not. */
export async function requireNew(
  drill: Drill,
  { city, names, runbook }: { city: string; names: readonly string[]; runbook: Omit<RunbookArgs, "signal" | "say"> },
): Promise<void> {
  const before = await identities(drill, city);
  await drill.followRunbook(runbook);
  const after = await identities(drill, city);
  const wrong = names.filter((name) => !after.has(name) || after.get(name) === before.get(name));
  for (const name of wrong)
    drill.complaints.push(`${name} of ${city} is ${after.has(name) ? "the old one" : "not there"}`);
}
