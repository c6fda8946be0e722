import { etcdPod, membersIn, podName } from "../../../components/postgres/layout.js";
import { giveBuckets } from "../../faults/storage.js";
import { checkArchives, jobsSucceed } from "../archive.js";
import { bounds, cityAway, everyCity, everyCityByHand, writesGoOn } from "../bounds.js";
import { upValues } from "../changedSettings.js";
import type { Drill } from "../drill.js";
import { keepDown, keepEnding, loseBucket, podOf, signalIn } from "../faults.js";
import { ailments } from "../health.js";
import { claims, loseClaims, loseVolumes, requireNew, requireSameVolumes } from "../identities.js";
import { selections } from "../podProcesses.js";
import type { Scenario } from "../scenario.js";
import { hold, loseCity, runbook, toLeader, untilWritesAreBack } from "../steps.js";
import { kubectl } from "../tier.js";
import { candidatesLag } from "./primary.js";

const all = ["jakarta", "bandung", "surabaya"];
const branches = ["bandung", "surabaya"];

/** All members crash, and the runbook is followed, which deletes what is left of their volumes, until each city has a backup again. */
async function loseAllVolumes(drill: Drill, values: Readonly<Record<string, string>>): Promise<void> {
  const members = new Set(membersIn("jakarta").map(podName));
  await requireNew(drill, {
    cities: all,
    names: claims,
    act: async () => {
      // Those of before only. None may send its last WAL into an archive, as one that is asked to end does.
      const old = drill.pods.all().filter(({ name }) => members.has(name));
      const letGo = keepEnding(drill, () => old);
      try {
        await drill.followRunbook({ name: "loss-of-all-cities", values });
      } finally {
        await letGo();
      }
    },
  });
  await jobsSucceed(drill, "full-after-loss-");
}

/** Seconds until members of etcd that know each other's addresses have tried to talk. */
const peersMeet = 120;

/** A city's member still has the data of another cluster, and says that it is none of this one. */
const etcdIsRefused = (drill: Drill, city: string): Promise<void> =>
  drill.require(
    `the old etcd of ${city} being refused`,
    async () => {
      // Its node may still be starting.
      const log = await kubectl(drill.platform, city, ["logs", etcdPod, "--container=etcd", "--tail=400"]).catch(
        () => "",
      );
      return log.includes("cluster ID mismatch") ? [] : ["its log says nothing of another cluster"];
    },
    peersMeet,
  );

/** The members of a city whose own etcd is of no use follow by that of the others. */
const membersFollow = (drill: Drill, city: string): Promise<void> =>
  drill.require(
    `the members of ${city} following without an etcd of their city`,
    () => ailments(drill.topology, drill.views(), drill.pods.all()).filter((line) => line.includes(` ${city}-`)),
    300,
  );

/** What needs a person, by the runbooks: here those that take everything away meanwhile. */
export const disasterScenarios: readonly Scenario[] = [
  {
    name: "choose-candidate",
    title: "A person chooses who becomes primary, as every candidate is too far behind",
    covers: ["matrix 9"],
    steps: [
      ...candidatesLag,
      { ...toLeader("the primary is down", (drill, pod) => keepDown(drill, pod)), isFault: true },
      hold(45),
      {
        what: "the candidate's receiver goes on, and the runbook makes it primary",
        act: async (drill) => {
          signalIn(drill, podOf(drill, "bandung", "core-0"), selections.walReceiver, "SIGCONT");
          await drill.followRunbook({
            name: "no-candidate",
            sections: ["etcd has a quorum, but every candidate lags"],
            values: { CITY: "bandung", CANDIDATE: "bandung-core-0" },
          });
        },
      },
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.recoveryLimit)), lostAge: bounds.byChoice, leader: "other city" },
  },
  {
    name: "new-etcd",
    title: "The etcd data of two cities is lost for good, and a new etcd begins",
    covers: ["M12.5", "matrix 6"],
    steps: [
      {
        what: "the etcd volumes of Bandung and Surabaya are lost; half a minute later a new etcd begins, by the runbook",
        act: (drill) =>
          requireNew(drill, {
            cities: all,
            names: [`data-${etcdPod}`],
            act: async () => {
              await Promise.all(branches.map((city) => loseVolumes(drill, city, [etcdPod])));
              await drill.hold(30);
              await drill.followRunbook({
                name: "no-candidate",
                sections: ["etcd has no quorum"],
                values: { CITY: "jakarta", NEW_ETCD: "yes", LAST_PRIMARY: "jakarta-core-0" },
              });
            },
          }),
      },
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCityByHand, lostAge: 0, leader: "any" },
  },
  {
    name: "new-etcd-without-city",
    title: "A new etcd begins without a city, which comes back with the data of the old one",
    covers: ["M12.5", "matrix 6"],
    steps: [
      {
        what: "for when Surabaya is back: its etcd is refused, and joins the new one by the runbook",
        isPause: true,
        act: (drill) => {
          drill.onHealing("have the etcd of Surabaya join the new one, by the runbook", async () => {
            await etcdIsRefused(drill, "surabaya");
            await membersFollow(drill, "surabaya");
            await drill.followRunbook({
              name: "no-candidate",
              sections: ["A city comes back to a new etcd"],
              values: { CITY: "jakarta", OTHER: "jakarta", BACK: "surabaya" },
            });
          });
          return Promise.resolve();
        },
      },
      { ...loseCity("surabaya"), isFault: true },
      hold(20),
      {
        what: "the etcd volume of Bandung is lost; half a minute later a new etcd begins in the cities that are there, by the runbook",
        act: (drill) =>
          requireNew(drill, {
            cities: ["jakarta", "bandung"],
            names: [`data-${etcdPod}`],
            act: async () => {
              await loseVolumes(drill, "bandung", [etcdPod]);
              await drill.hold(30);
              await drill.followRunbook({
                name: "no-candidate",
                sections: ["etcd has no quorum"],
                values: {
                  CITY: "jakarta",
                  CITIES: "jakarta bandung",
                  NEW_ETCD: "yes",
                  LAST_PRIMARY: "jakarta-core-0",
                },
              });
            },
          }),
      },
      untilWritesAreBack(["jakarta", "bandung"], 5),
    ],
    promise: { cities: { ...everyCityByHand, surabaya: cityAway }, lostAge: 0, leader: "any" },
  },
  {
    name: "lose-two-cities",
    title: "The volumes of two cities are lost for good, the primary's among them, and the third one goes on",
    covers: ["M12.5", "M8", "matrix 6"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      {
        what: "every volume of Jakarta and Bandung is lost; half a minute later Surabaya goes on with a new etcd, by the runbook",
        isFault: true,
        act: (drill) =>
          requireNew(drill, {
            cities: ["jakarta", "bandung"],
            names: claims,
            act: async () => {
              await Promise.all(["jakarta", "bandung"].map((city) => loseVolumes(drill, city)));
              await drill.hold(30);
              await drill.followRunbook({
                name: "no-candidate",
                sections: ["etcd has no quorum"],
                values: {
                  CITY: "surabaya",
                  NEW_ETCD: "yes",
                  LAST_PRIMARY: "surabaya-core-0",
                  LOST: "jakarta bandung",
                },
              });
            },
          }),
      },
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCityByHand, lostAge: bounds.isolation, leader: "other city" },
  },
  {
    name: "retained-volumes-of-all",
    title: "All claims of all cities are deleted, and the volumes are attached again",
    covers: ["matrix 15", "M8"],
    steps: [
      {
        what: "every set is scaled down, its claims are deleted, and it begins on empty volumes; the runbook attaches the old ones",
        isFault: true,
        act: (drill) =>
          requireSameVolumes(drill, {
            cities: all,
            names: claims,
            act: async () => {
              await loseClaims(drill, all);
              await drill.hold(20);
              await drill.followRunbook({
                name: "retained-volumes",
                sections: ["In all cities"],
                values: { ALL_CITIES: "yes" },
              });
            },
          }),
      },
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCityByHand, lostAge: 0, leader: "any" },
  },
  {
    name: "lose-all-volumes",
    title: "Every volume of every city is lost, and one repository gives the data back",
    covers: ["matrix 15", "M8", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      {
        what: "every volume is lost, and the runbook followed",
        isFault: true,
        act: async (drill) => {
          await loseAllVolumes(drill, { RECONCILE: "yes", ...upValues(drill.platform.project) });
          await jobsSucceed(drill, "reconcile-");
        },
      },
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCityByHand, lostAge: bounds.archived, leader: "any" },
  },
  {
    name: "lose-all-volumes-other-home",
    title: "Every volume and the first city's bucket are lost, and another city's repository gives the data back",
    covers: ["matrix 15", "M8", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      {
        what: "the bucket of Jakarta is emptied, every volume is lost, and the runbook followed with Bandung as home",
        isFault: true,
        act: async (drill) => {
          await loseBucket(drill, "jakarta");
          // What was being written to the old bucket is refused meanwhile, and does not get into the new one.
          await drill.hold(15);
          giveBuckets(drill.platform, "jakarta");
          await loseAllVolumes(drill, { HOME_CITY: "bandung" });
        },
      },
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCityByHand, lostAge: bounds.archived, leader: "other city" },
  },
  {
    name: "end-hold",
    title: "A member that is held back starts when the hold ends",
    covers: ["matrix 15"],
    steps: [
      {
        what: "a hold is set, and a replica of Bandung restarts",
        act: async (drill) => {
          const database = (...words: string[]) =>
            kubectl(drill.platform, "bandung", ["exec", "core-0", "--container=postgres", "--", "database", ...words]);
          drill.onHealing("end the hold", async () => {
            await database("release");
          });
          await database("hold");
          await kubectl(drill.platform, "bandung", ["delete", "pod", "core-1"]);
          await drill.require(
            "the word of bandung-core-1 that it waits",
            async () => {
              const log = await kubectl(drill.platform, "bandung", ["logs", "core-1", "--container=postgres"]).catch(
                () => "",
              );
              return log.includes("a hold is set") ? [] : ["its log does not say so"];
            },
            120,
          );
        },
      },
      runbook("the hold ends, by the runbook", "no-candidate", { CITY: "bandung", END_HOLD: "yes" }, [
        "Everybody waits for a hold",
      ]),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
];
