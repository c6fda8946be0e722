import {
  coreMembers,
  etcdPod,
  memberName,
  membersIn,
  podName,
  type DatabaseTopology,
} from "../../components/postgres/layout.js";
import type { Drill } from "./drill.js";
import type { Observation } from "./history.js";
import { leaderIn } from "./leadership.js";
import type { Pod } from "./pods.js";

/** Bytes that a member of a healthy cluster may be behind: a segment switch counts as 16 MiB. */
const healthyLag = 32 * 2 ** 20;

/** State of Patroni in which a leader serves, and in which a replica follows. */
const good = { leader: "running", replica: "streaming" };

/**
 * What keeps the tier from being healthy; nothing when it is.
 * @param views the newest one of each city. @param pods of all cities.
 */
export function ailments(topology: DatabaseTopology, views: readonly Observation[], pods: readonly Pod[]): string[] {
  const lines: string[] = [];
  for (const { name: city } of topology.cities) {
    const wanted = [...membersIn(city).map(podName), etcdPod];
    for (const name of wanted) {
      const pod = pods.find((each) => each.city === city && each.name === name);
      if (pod?.isReady !== true) lines.push(`${city}: pod ${name} is ${pod ? "not ready" : "not there"}`);
    }
    const view = views.find((each) => each.city === city);
    if (!view || view.members.length === 0) lines.push(`${city}: no member says what the cluster is`);
    else lines.push(...viewAilments(topology, view).map((line) => `${city} sees that ${line}`));
  }
  const leaders = new Set(views.map(leaderIn));
  for (const leader of leaders)
    if (leader !== undefined && !views.some((view) => view.leaders.includes(leader)))
      lines.push(`${leader} does not say itself that it leads`);
  if (leaders.size > 1) lines.push(`the cities do not agree on who leads: ${[...leaders].join(", ")}`);
  return lines;
}

function viewAilments(topology: DatabaseTopology, view: Observation): string[] {
  const lines: string[] = [];
  const leader = view.members.find(({ name }) => name === leaderIn(view));
  if (!leader) lines.push("nobody leads");
  const names = topology.cities.flatMap(({ name }) => membersIn(name)).map(memberName);
  for (const name of names) {
    const member = view.members.find((each) => each.name === name);
    if (!member) lines.push(`${name} is missing`);
    else if (member.state !== (member === leader ? good.leader : good.replica))
      lines.push(`${name} is ${member.state}`);
    else if (leader && member.timeline !== leader.timeline)
      lines.push(`${name} is on timeline ${member.timeline ?? "?"}, ${leader.name} on ${leader.timeline ?? "?"}`);
    else if (member !== leader && (member.lag ?? Infinity) > healthyLag)
      lines.push(`${name} is ${member.lag ?? "an unknown number of"} bytes behind`);
  }
  return lines;
}

/** Waits until nothing keeps the tier from being healthy. @throws UserError with what does, when it takes too long. */
export const requireHealth = (drill: Drill, what: string, seconds: number): Promise<void> =>
  drill.require(what, () => ailments(drill.topology, drill.views(), drill.pods.all()), seconds);

/** The member that leads while nothing is wrong: the main one of the first city. */
export function homeLeader(topology: DatabaseTopology): string {
  const [first] = coreMembers(topology);
  if (!first) throw new Error("a topology needs at least one city");
  return memberName(first);
}
