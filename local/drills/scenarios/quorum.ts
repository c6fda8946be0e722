import { etcdPod } from "../../../components/postgres/layout.js";
import { bounds, cityAway, everyCity, writesGoOn, writesRefused } from "../bounds.js";
import { now, type Drill } from "../drill.js";
import { corePods, etcdIsReady, etcdLeader, keepDown, podOf, signalIn, stopIn } from "../faults.js";
import { ailments } from "../health.js";
import { selections } from "../podProcesses.js";
import type { Scenario, Step } from "../scenario.js";
import { cutCity, hold, loseCity, untilWritesAreBack } from "../steps.js";
import { atMost, type Check } from "../verdict.js";

const all = ["jakarta", "bandung", "surabaya"];
const branches = ["bandung", "surabaya"];

/** Seconds without a quorum: longer than any session of etcd and any lock of Patroni. */
const outage = 60;

/** All members of etcd stand still for a while and go on by themselves. */
const etcdPause = (seconds: number): Step => ({
  what: `all members of etcd stand still for ${seconds} s`,
  act: async (drill: Drill) => {
    const pods = drill.cities.map((city) => podOf(drill, city, etcdPod));
    for (const pod of pods) await stopIn(drill, pod, selections.etcd);
    await drill.hold(seconds);
    for (const pod of pods) signalIn(drill, pod, selections.etcd, "SIGCONT");
    drill.notes.set(etcdReturn, `${now()}`);
  },
});

/** What a step notes the moment of etcd's return by. */
const etcdReturn = "etcd's return";

/** Seconds in which Patroni has met etcd again in each loop of its own: a member may lose its upstream only then (Patroni issue 3717). */
const firstLoops = 15;

/** Every member streams, which is more than that the tier becomes healthy some time. */
const everybodyStreams: Step = {
  what: `every member streams within ${bounds.streaming} s of etcd's return`,
  isPause: true,
  act: async (drill) => {
    const since = () => now() - Number(drill.notes.get(etcdReturn));
    const missing = await drill.waitFor(
      () => ailments(drill.topology, drill.views(), drill.pods.all()),
      bounds.streaming - since(),
    );
    drill.checks.push(streamingCheck(missing, since()));
    drill.mark(missing.length === 0 ? "every member streams" : "not every member streams");
  },
};

/** Whether every member streamed in time. Pure. @param missing what kept it from being so. @param seconds since etcd's return. */
export const streamingCheck = (missing: readonly string[], seconds: number): Check => ({
  ...atMost("every member streams after etcd's return", bounds.streaming, seconds),
  ...(missing.length > 0 && { measured: missing.join("; "), isKept: false }),
});

/** What a quorum decides, and what happens without one. */
export const quorumScenarios: readonly Scenario[] = [
  {
    name: "cut-branch-city",
    title: "A branch city is cut off",
    covers: ["M12.3", "matrix 4"],
    steps: [cutCity("surabaya"), hold(outage)],
    promise: {
      cities: everyCity(writesGoOn(bounds.unnoticed), { surabaya: { writes: writesRefused(bounds.reads) } }),
      lostAge: 0,
      leader: "same",
    },
  },
  {
    name: "cut-two-at-once",
    title: "Two cities are cut off at once: nobody has a quorum",
    covers: ["M12.5", "matrix 5"],
    steps: [
      {
        what: "the links of Bandung and Surabaya are cut",
        act: async (drill) => {
          for (const city of branches) await cutCity(city).act(drill);
        },
      },
      hold(outage),
    ],
    promise: { cities: everyCity(writesRefused()), lostAge: 0, leader: "nobody" },
  },
  {
    name: "cut-two-staged",
    title: "One city is cut off, and later another one",
    covers: ["M12.5", "matrix 5"],
    steps: [cutCity("surabaya"), hold(45), { ...cutCity("bandung"), isFault: true }, hold(outage)],
    promise: { cities: everyCity(writesRefused()), lostAge: 0, leader: "nobody" },
  },
  {
    name: "kill-two-cities",
    title: "Two of three cities die",
    covers: ["M12.5"],
    steps: [
      {
        what: "Bandung and Surabaya lose their power",
        act: async (drill) => {
          for (const city of branches) await loseCity(city).act(drill);
        },
      },
      hold(outage),
    ],
    // One of the two makes a quorum again.
    untilHealed: (drill) => etcdIsReady(drill, ["bandung"]),
    promise: {
      cities: everyCity(writesRefused(bounds.reads), { bandung: cityAway, surabaya: cityAway }),
      lostAge: 0,
      leader: "any",
    },
  },
  {
    name: "kill-etcd-leader",
    title: "The leader of etcd dies",
    covers: ["matrix 6"],
    steps: [
      {
        what: "kill -9 of the etcd member that leads",
        act: async (drill) => {
          const city = await etcdLeader(drill);
          signalIn(drill, podOf(drill, city, etcdPod), selections.etcd, "SIGKILL");
        },
      },
      hold(30),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "kill-two-etcd",
    title: "Two members of etcd die",
    covers: ["matrix 6"],
    steps: [
      {
        what: "the etcd members of Bandung and Surabaya are down",
        act: async (drill) => {
          for (const city of branches) await keepDown(drill, podOf(drill, city, etcdPod));
        },
      },
      hold(outage),
    ],
    untilHealed: (drill) => etcdIsReady(drill, branches),
    promise: { cities: everyCity(writesRefused()), lostAge: 0, leader: "any" },
  },
  {
    name: "etcd-pause-short",
    title: "etcd is away for less than it takes to demote",
    covers: ["matrix 14"],
    steps: [etcdPause(5), hold(firstLoops), everybodyStreams],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "etcd-pause-long",
    title: "etcd is away for longer than it takes to demote, and comes back",
    covers: ["matrix 14"],
    steps: [etcdPause(15), hold(firstLoops), everybodyStreams, untilWritesAreBack(all, 0)],
    promise: { cities: everyCity(writesGoOn(bounds.recovery)), lostAge: 0, leader: "any" },
  },
  {
    name: "kill-all-cores",
    title: "Every core member dies, and only reporting is left",
    covers: ["M9", "matrix 8"],
    steps: [
      {
        what: "all six core members are down",
        act: async (drill) => {
          await Promise.all(drill.cities.flatMap((city) => corePods(drill, city)).map((pod) => keepDown(drill, pod)));
        },
      },
      hold(outage),
    ],
    promise: {
      cities: Object.fromEntries(
        Object.entries(everyCity(writesRefused(bounds.cityBack))).map(([city, promise]) => [
          city,
          { ...promise, reads: { ...promise.reads, "pg-ro": { kind: "away", back: bounds.cityBack } as const } },
        ]),
      ),
      lostAge: 0,
      leader: "nobody",
    },
  },
];
