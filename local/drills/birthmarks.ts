import { memberName, membersIn, paths, podName } from "../../components/postgres/layout.js";
import type { Drill } from "./drill.js";
import { kubectl } from "./tier.js";

/** The inode of a file that a member has had since its data directory was made, by the names of a city's members. */
async function birthmarks(drill: Drill, city: string): Promise<Map<string, string>> {
  const found = membersIn(city).map(async (member) => {
    const look = ["stat", "--format=%i", `${paths.data}/PG_VERSION`];
    const inode = await kubectl(drill.platform, city, ["exec", podName(member), "--container=postgres", "--", ...look]);
    return [memberName(member), inode.trim()] as const;
  });
  return new Map(await Promise.all(found));
}

const noteOf = (member: string): string => `birthmark of ${member}`;

/** Takes note of the data directories of a city's members. */
export async function noteBirthmarks(drill: Drill, city: string): Promise<void> {
  for (const [member, inode] of await birthmarks(drill, city)) drill.notes.set(noteOf(member), inode);
}

/** Members of which there are other birthmarks than were noted, or none was. Pure. */
export const otherBirthmarks = (
  notes: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): readonly string[] =>
  [...found].filter(([member, inode]) => inode !== notes.get(noteOf(member))).map(([member]) => member);

/** Members of a city that have other data directories than were noted. */
export const membersMadeAnew = async (drill: Drill, city: string): Promise<readonly string[]> =>
  otherBirthmarks(drill.notes, await birthmarks(drill, city));
