import { etcdPod, membersIn, podName } from "../../../components/postgres/layout.js";
import { giveBuckets } from "../../faults/storage.js";
import { checkArchives, jobsSucceed } from "../archive.js";
import { bothReads, bounds, everyCity, readsGoOn, writesGoOn } from "../bounds.js";
import type { Drill } from "../drill.js";
import { keepDown, keepEnding, loseBucket, podOf, signalIn } from "../faults.js";
import { claims, loseClaims, loseVolumes, requireNew, requireSameVolumes } from "../identities.js";
import { selections } from "../podProcesses.js";
import { contentsOf, noteContents, sql, table } from "../precious.js";
import type { CityPromise, Scenario, Step } from "../scenario.js";
import { hold, runbook, toLeader, untilWritesAreBack } from "../steps.js";
import { kubectl } from "../tier.js";
import { candidatesLag } from "./primary.js";

const all = ["jakarta", "bandung", "surabaya"];
const branches = ["bandung", "surabaya"];

/** A person works on the tier: everything is away until the runbook has been followed. */
const byHand: CityPromise = { writes: writesGoOn(bounds.byHand), reads: bothReads(readsGoOn(bounds.byHand)) };
const everyCityByHand = Object.fromEntries(all.map((city) => [city, byHand]));

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

const makeMistake: Step = {
  what: "a table gets rows, and a moment later all of them are wrong",
  act: async (drill) => {
    await sql(drill, `drop table if exists ${table}; create table ${table} (id integer primary key);`);
    await sql(drill, `insert into ${table} select generate_series(1, 1000);`);
    await noteContents(drill);
    await sql(drill, `update ${table} set id = -id;`);
  },
};

const backUpTheFuture: Step = {
  what: "Bandung makes a backup of what shall not have happened",
  act: async (drill) => {
    const name = `drill-future-${Date.now()}`;
    await kubectl(drill.platform, "bandung", ["create", "job", name, "--from=cronjob/backup"]);
    await jobsSucceed(drill, "drill-future-", ["bandung"]);
  },
};

/** What is wrong with the backups of Bandung after it: a member that is made from this one could not follow. */
async function futureIsExpired(drill: Drill): Promise<string[]> {
  const command = ["exec", "core-0", "--container=postgres", "--", "database", "expire-abandoned"];
  const left = await kubectl(drill.platform, "bandung", command);
  return [
    ...(left.includes("has no backup that the cluster could not follow") ? [] : [`Bandung still has ${left}`]),
    ...((drill.notes.get("runbook") ?? "").includes("which the cluster has left")
      ? []
      : ["the runbook removed no backup"]),
  ];
}

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
    name: "restore-in-place",
    title: "Everything goes back to a moment before a mistake",
    covers: ["matrix 13", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      makeMistake,
      backUpTheFuture,
      {
        what: "all cities go back to before it, by the runbook",
        isFault: true,
        act: async (drill) => {
          const said = await drill.followRunbook({
            name: "restore-to-a-time",
            sections: ["In place"],
            values: { TARGET: drill.notes.get("target") ?? "", TABLE: table, VERIFY: "yes" },
          });
          drill.notes.set("runbook", said);
          await jobsSucceed(drill, "full-after-restore-");
        },
      },
      untilWritesAreBack(all, 5),
    ],
    afterwards: async (drill) => {
      const [found, expected] = [await contentsOf(drill), drill.notes.get("contents") ?? ""];
      return [
        ...(found === expected ? [] : [`the table has ${found} instead of ${expected}`]),
        ...(await futureIsExpired(drill)),
      ];
    },
    promise: { cities: everyCityByHand, lostAge: bounds.byChoice, leader: "any" },
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
        act: (drill) => loseAllVolumes(drill, {}),
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
