import { memberSets, membersIn, memberName, podName } from "../../components/postgres/layout.js";
import { bringUp, changeSettings, upValues } from "./changedSettings.js";
import type { Drill } from "./drill.js";
import { claims, requireSameVolumes } from "./identities.js";
import { kubectl, sqlIn } from "./tier.js";

/** More than any member has on the local platform. */
const larger = { memory: "640Mi", volume: "5Gi" };

const sets = memberSets.map((set) => `statefulset/${set}`);

/** What follows from a member's memory, in pages of 8 KiB, and needs a restart. */
async function sharedBuffers(drill: Drill): Promise<Map<string, number>> {
  const members = drill.cities.flatMap((city) => membersIn(city));
  const found = members.map(async (member) => {
    const place = { city: member.city, pod: podName(member) };
    const text = "select setting from pg_settings where name = 'shared_buffers';";
    return [memberName(member), Number(await sqlIn(drill.platform, place, text))] as const;
  });
  return new Map(await Promise.all(found));
}

/** Gives every member more memory and a larger volume by the runbook, and notes which one did not get it. */
export async function resizeMembers(drill: Drill): Promise<void> {
  const { platform, cities } = drill;
  const before = await sharedBuffers(drill);
  // The overlay has one entry for both sets.
  const project = changeSettings(drill, {
    "core.resources.limits.memory": larger.memory,
    "core.volume": larger.volume,
  });
  drill.onHealing("give members their former sizes, but for the claims, which only grow", async () => {
    for (const city of cities)
      await kubectl(platform, city, ["delete", ...sets, "--cascade=orphan", "--ignore-not-found"]);
    await bringUp(platform);
  });
  await requireSameVolumes(drill, {
    cities,
    names: claims,
    act: () => drill.followRunbook({ name: "sizes", values: { NEW_SIZE: larger.volume, ...upValues(project) } }),
  });
  for (const [member, now] of await sharedBuffers(drill))
    if (now <= (before.get(member) ?? Infinity)) drill.complaints.push(`${member} has the shared buffers of before`);
  for (const city of cities) {
    const output = "--output=jsonpath={.items[*].spec.volumeClaimTemplates[0].spec.resources.requests.storage}";
    const sizes = await kubectl(platform, city, ["get", ...sets, output]);
    if (sizes.trim() !== memberSets.map(() => larger.volume).join(" "))
      drill.complaints.push(`${city}: new claims would have ${sizes}`);
  }
}
