import { etcdPod } from "../../../components/postgres/layout.js";
import { checkArchives, jobsSucceed } from "../archive.js";
import { bothReads, bounds, everyCity, readsGoOn, writesGoOn } from "../bounds.js";
import type { Drill } from "../drill.js";
import { keepDown, podOf, signalIn } from "../faults.js";
import { claims, requireNew } from "../identities.js";
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

/** Deletes the claim and the pod, as when the disk behind them is lost. */
async function loseEtcdVolume(drill: Drill, city: string): Promise<void> {
  await kubectl(drill.platform, city, ["delete", "pvc", "--wait=false", `data-${etcdPod}`]);
  await kubectl(drill.platform, city, ["delete", "pod", "--wait=false", etcdPod]);
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
              await Promise.all(branches.map((city) => loseEtcdVolume(drill, city)));
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
            values: { TARGET: drill.notes.get("target") ?? "", TABLE: table },
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
        act: async (drill) => {
          await requireNew(drill, {
            cities: all,
            names: claims,
            act: () => drill.followRunbook({ name: "loss-of-all-cities", values: {} }),
          });
          await jobsSucceed(drill, "full-after-loss-");
        },
      },
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCityByHand, lostAge: bounds.archived, leader: "any" },
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
