import { bounds, cityAway, everyCity, writesGoOn, writesRefused } from "../bounds.js";
import { corePods, freeze, isolateNode, keepDown, podOfMember, signalIn, stopIn, switchNodeOff } from "../faults.js";
import { selections } from "../podProcesses.js";
import type { Scenario, Step } from "../scenario.js";
import { cutCity, hold, loseCity, toLeader, untilWritesAreBack } from "../steps.js";
import { kubectl, switchover } from "../tier.js";

const all = ["jakarta", "bandung", "surabaya"];
const branches = ["bandung", "surabaya"];

/** Candidates that lack more than one may, and no more than readers are kept from. */
export const candidatesLag: readonly Step[] = [
  {
    what: "the candidates' receivers of WAL are stopped",
    act: async (drill) => {
      const leader = drill.leader();
      const others = drill.cities
        .flatMap((city) => corePods(drill, city))
        .filter((pod) => podOfMember(drill, leader) !== pod);
      for (const pod of others) await stopIn(drill, pod, selections.walReceiver);
      drill.onHealing("wait for a primary, as candidates that catch up meanwhile could take its place", async () => {
        await drill.awaitLeader(bounds.cityBack);
      });
    },
  },
  {
    what: "48 MB of WAL are written: more than a candidate may lack, less than keeps readers away",
    act: async (drill) => {
      await drill.client("jakarta").command({ command: "wal", bytes: 48e6, bytesPerSecond: 0 });
      // Two rounds of Patroni's loop, or the lag would not be known yet.
      await drill.hold(10);
    },
  },
];

/** Planned and unplanned ends of the primary. */
export const primaryScenarios: readonly Scenario[] = [
  {
    name: "switchover",
    title: "Planned switchover under load",
    covers: ["matrix 10"],
    inCi: true,
    steps: [
      {
        what: "the lead is moved to the main member of Bandung",
        act: async (drill) => {
          await switchover(drill.platform, "jakarta", drill.leader(), "bandung-core-0");
          await drill.requireLeader("bandung-core-0");
        },
      },
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.switchover)), lostAge: 0, leader: "other city" },
  },
  {
    name: "kill-postgres",
    title: "PostgreSQL of the primary dies",
    covers: ["matrix 1"],
    steps: [
      toLeader("kill -9 of the first process of the primary's PostgreSQL", (drill, pod) => {
        signalIn(drill, pod, selections.postmaster, "SIGKILL");
      }),
      untilWritesAreBack(all, 10),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.crash)), lostAge: 0, leader: "any" },
  },
  {
    name: "kill-patroni",
    title: "Patroni of the primary dies",
    covers: ["matrix 2"],
    steps: [
      toLeader("kill -9 of the primary's Patroni", (drill, pod) => {
        signalIn(drill, pod, selections.patroni, "SIGKILL");
      }),
      untilWritesAreBack(all, 10),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.recovery)), lostAge: 0, leader: "any" },
  },
  {
    name: "stop-patroni",
    title: "Patroni of the primary stands still while its PostgreSQL runs",
    covers: ["matrix 2"],
    steps: [
      toLeader("the primary's Patroni is stopped with SIGSTOP", (drill, pod) => stopIn(drill, pod, selections.patroni)),
      untilWritesAreBack(all, 40),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.recovery)), lostAge: 0, leader: "other member" },
  },
  {
    name: "kill-node",
    title: "The node of the primary dies",
    covers: ["matrix 3", "M10"],
    steps: [
      toLeader("the node of the primary loses its power", (drill, pod) => switchNodeOff(drill, pod.node)),
      untilWritesAreBack(all, 20),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.recovery)), lostAge: bounds.crashLoss, leader: "other member" },
  },
  {
    name: "freeze-node",
    title: "The node of the primary stands still and wakes up later",
    covers: ["matrix 2", "matrix 3"],
    steps: [
      toLeader("the node of the primary is frozen", (drill, pod) => freeze(drill, pod.node)),
      untilWritesAreBack(all, 45),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.recovery)), lostAge: bounds.crashLoss, leader: "other member" },
  },
  // Nobody outside the node hears the old primary any more, so it can acknowledge nothing that it has not sent before: what may
  // be lost is what a crash costs. It demotes itself within loop_wait + retry_timeout, and the others wait for its lock to run out.
  {
    name: "cut-primary-node",
    title: "The node of the primary is cut off from everything, and its processes go on",
    covers: ["matrix 4"],
    steps: [
      toLeader("the network of the primary's node is cut, and its city's other nodes stay", (drill, pod) =>
        isolateNode(drill, pod.node),
      ),
      untilWritesAreBack(all, 45),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.recovery)), lostAge: bounds.crashLoss, leader: "other member" },
  },
  {
    name: "drain-node",
    title: "The node of the primary is drained",
    covers: ["matrix 15", "M10"],
    steps: [
      toLeader("kubectl drain of the primary's node", async (drill, { city, node }) => {
        drill.onHealing(`uncordon ${node}`, async () => {
          await kubectl(drill.platform, city, ["uncordon", node]);
        });
        const selector = "--pod-selector=app=postgres";
        await kubectl(drill.platform, city, [
          "drain",
          node,
          "--ignore-daemonsets",
          "--delete-emptydir-data",
          "--timeout=100s",
          selector,
        ]);
      }),
      untilWritesAreBack(all, 10),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.recovery)), lostAge: 0, leader: "other member" },
  },
  {
    name: "lose-primary-database",
    title: "Both core members of the primary's city die",
    covers: ["M12.4", "matrix 3"],
    steps: [
      {
        what: "both core members of Jakarta are down",
        act: async (drill) => {
          await Promise.all(corePods(drill, "jakarta").map((pod) => keepDown(drill, pod)));
        },
      },
      untilWritesAreBack(all, 20),
      hold(10),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.recovery)), lostAge: bounds.crashLoss, leader: "other city" },
  },
  {
    name: "kill-city",
    title: "The whole city of the primary dies",
    covers: ["M12.2", "M12.4", "matrix 3"],
    inCi: true,
    steps: [loseCity("jakarta"), untilWritesAreBack(branches, 20), hold(10)],
    promise: {
      cities: everyCity(writesGoOn(bounds.recovery), { jakarta: cityAway }),
      lostAge: bounds.crashLoss,
      leader: "other city",
    },
  },
  {
    name: "cut-primary-city",
    title: "The city of the primary is cut off, and its clients go on writing",
    covers: ["M12.4", "matrix 4"],
    inCi: true,
    steps: [cutCity("jakarta"), untilWritesAreBack(branches, 45)],
    promise: {
      cities: everyCity(writesGoOn(bounds.recovery), { jakarta: { writes: writesRefused(bounds.reads) } }),
      lostAge: bounds.isolation,
      leader: "other city",
    },
  },
  {
    name: "all-candidates-lag",
    title: "The primary dies while every candidate is too far behind",
    covers: ["matrix 9"],
    steps: [
      ...candidatesLag,
      {
        ...toLeader("the primary is down", (drill, pod) => keepDown(drill, pod)),
        isFault: true,
      },
      hold(75),
    ],
    promise: {
      cities: everyCity(writesRefused(bounds.cityBack)),
      lostAge: 0,
      leader: "nobody",
    },
  },
];
