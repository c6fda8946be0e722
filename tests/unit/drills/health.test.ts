import { coreMembers, etcdPod, memberName, membersIn, podName } from "../../../components/postgres/layout.js";
import { topology } from "../../../local/drills/command.js";
import { ailments, homeLeader } from "../../../local/drills/health.js";
import type { MemberView, Observation } from "../../../local/drills/history.js";
import { parsePod, type Pod } from "../../../local/drills/pods.js";

const all = topology.cities.flatMap(({ name }) => membersIn(name));
const home = homeLeader(topology);

const members: MemberView[] = all
  .map(memberName)
  .map((name) =>
    name === home
      ? { name, role: "leader", state: "running", timeline: 4 }
      : { name, role: "replica", state: "streaming", timeline: 4, lag: 0 },
  );
const views: Observation[] = topology.cities.map(({ name: city }) => ({
  city,
  at: 1,
  members,
  leaders: city === "jakarta" ? [home] : [],
}));
const pods: Pod[] = topology.cities.flatMap(({ name: city }) =>
  [...all.filter((member) => member.city === city).map(podName), etcdPod].map((name) => ({
    city,
    name,
    uid: name,
    node: "node",
    address: "10.10.0.1",
    isReady: true,
  })),
);

const withMember = (name: string, change: Partial<MemberView>): Observation[] =>
  views.map((view) =>
    view.city === "jakarta"
      ? { ...view, members: members.map((member) => (member.name === name ? { ...member, ...change } : member)) }
      : view,
  );

describe("the tier is healthy", () => {
  test("when twelve members and three of etcd are there and all cities agree", () => {
    expect(coreMembers(topology).map(memberName)[0]).toBe(home);
    expect(ailments(topology, views, pods)).toEqual([]);
  });

  test.each([
    [{ state: "start failed" }, "jakarta sees that bandung-core-1 is start failed"],
    [{ state: "running" }, "jakarta sees that bandung-core-1 is running"],
    [{ state: "in archive recovery" }, "jakarta sees that bandung-core-1 is in archive recovery"],
    [{ timeline: 3 }, "jakarta sees that bandung-core-1 is on timeline 3, jakarta-core-0 on 4"],
    [{ lag: 2 ** 26 }, "jakarta sees that bandung-core-1 is 67108864 bytes behind"],
    [{ lag: undefined }, "jakarta sees that bandung-core-1 is an unknown number of bytes behind"],
    [{ name: "gone" }, "jakarta sees that bandung-core-1 is missing"],
  ])("but not with a member like %j", (change, ailment) => {
    expect(ailments(topology, withMember("bandung-core-1", change), pods)).toEqual([ailment]);
  });

  test("but not with a pod that is missing or not ready, nor where nobody says what the cluster is", () => {
    const fewer = pods.filter(({ city, name }) => !(city === "surabaya" && name === "etcd-0"));
    expect(ailments(topology, views, fewer)).toEqual(["surabaya: pod etcd-0 is not there"]);
    const unready = pods.map((pod, index) => ({ ...pod, isReady: index > 0 }));
    expect(ailments(topology, views, unready)).toEqual(["jakarta: pod core-0 is not ready"]);
    expect(ailments(topology, views.slice(0, 2), pods)).toEqual(["surabaya: no member says what the cluster is"]);
  });

  test("but not while the cities disagree", () => {
    const other = members.map((member) => {
      const leads = member.name === "bandung-core-0";
      return { ...member, role: leads ? "leader" : "replica", state: leads ? "running" : "streaming", lag: 0 };
    });
    expect(
      ailments(
        topology,
        [...views.slice(0, 2), { city: "surabaya", at: 1, members: other, leaders: ["bandung-core-0"] }],
        pods,
      ),
    ).toEqual(["the cities do not agree on who leads: jakarta-core-0, bandung-core-0"]);
  });

  test("but not where the leader that everybody names does not lead in its own eyes", () => {
    const demoted = views.map((view) => ({ ...view, leaders: [] }));
    expect(ailments(topology, demoted, pods)).toEqual(["jakarta-core-0 does not say itself that it leads"]);
  });
});

test("a pod is read from a line of the watch; one that is about to go is not ready", () => {
  expect(parsePod("jakarta", "core-0|1234|jakarta-database-1|10.10.0.5|True|")).toEqual({
    city: "jakarta",
    name: "core-0",
    uid: "1234",
    node: "jakarta-database-1",
    address: "10.10.0.5",
    isReady: true,
  });
  expect(parsePod("jakarta", "core-0|1234|||True|2026-01-01T00:00:00Z")?.isReady).toBe(false);
  expect(parsePod("jakarta", "")).toBeUndefined();
});
