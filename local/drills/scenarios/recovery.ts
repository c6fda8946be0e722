import { clusterName, memberName, membersIn, podName } from "../../../components/postgres/layout.js";
import { giveBuckets } from "../../faults/storage.js";
import { archiversCatchUp, checkArchives } from "../archive.js";
import { bounds, everyCity, writesGoOn, writesRefused } from "../bounds.js";
import type { Drill } from "../drill.js";
import { loseBucket } from "../faults.js";
import { damageRepository } from "../damagedRepository.js";
import { claims, etcdMember, requireNew } from "../identities.js";
import { contentsOf, noteContents, sql, table } from "../precious.js";
import type { Scenario, ScenarioPromise, Step } from "../scenario.js";
import { cutCity, finishFilesOfWal, runbook, untilWritesAreBack } from "../steps.js";
import { etcdctl, kubectl, switchover } from "../tier.js";

const branches = ["bandung", "surabaya"];

/** Not pg_control_checkpoint(): after a promotion it still has the old one. */
const currentTimeline = "select ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int;";

/** Writes rows, each in a transaction of its own. */
const insertRows = (drill: Drill, from: number, to: number): Promise<string> => {
  const statements = Array.from(
    { length: to - from + 1 },
    (_, index) => `insert into ${table} values (${from + index});`,
  );
  return sql(drill, statements.join("\n"));
};

/** Rows before and after a change of timeline, the moment at which all was well, and one transaction too many. */
const fillTable: Step = {
  what: "a table gets rows, the lead moves to Bandung, and it gets more; one transaction later it is dropped",
  act: async (drill) => {
    await sql(drill, `drop table if exists ${table}; create table ${table} (id integer primary key);`);
    await insertRows(drill, 1, 500);
    await switchover(drill.platform, "jakarta", await drill.awaitLeader(), "bandung-core-0");
    await drill.requireLeader("bandung-core-0");
    await untilWritesAreBack(drill.cities, 0).act(drill);
    await insertRows(drill, 501, 1000);
    await noteContents(drill);
    await insertRows(drill, 1001, 1001);
    await sql(drill, `drop table ${table};`);
    await archiversCatchUp(drill);
  },
};

/**
 * As if a member of Surabaya had been promoted, and had lost the lead before anybody heard of its timeline: the next primary
 * may not give its own the same number, and who follows, or restores, has to find the way over the gap.
 */
const loseTimeline: Step = {
  what: `the number of a timeline belongs to a member of which nobody has heard; ${fillTable.what}`,
  isFault: true,
  act: async (drill) => {
    const before = Number(await sql(drill, currentTimeline));
    const cluster = await sql(drill, "select system_identifier from pg_control_system();");
    const number = (before + 1).toString(16).toUpperCase().padStart(8, "0");
    const key = `/operations/${clusterName}/timelines/${cluster.trim()}/${number}`;
    await etcdctl(drill.platform, "jakarta", ["put", key, "surabaya-core-1, run of another day"]);
    await fillTable.act(drill);
    const after = Number(await sql(drill, currentTimeline));
    drill.mark(`after timeline ${before} comes ${after}`);
    if (after !== before + 2)
      drill.complaints.push(`the timeline after ${before} is ${after} instead of ${before + 2}`);
  },
};

/** The runbook, in each city in turn: its repository gives the table back, which is then lost again. */
const restoreInEachCity: Step = {
  what: "each city in turn gives the table back from its own repository, to the transaction, by the runbook",
  act: async (drill) => {
    for (const city of drill.cities) {
      await drill.followRunbook({
        name: "restore-to-a-time",
        sections: ["Side by side"],
        // The rows come once more beside the table that came back: as where it was never dropped.
        values: { CITY: city, TARGET: drill.notes.get("target") ?? "", TABLE: table, DROPPED: "yes", CHANGED: "yes" },
      });
      const expected = drill.notes.get("contents") ?? "";
      for (const each of [table, `${table}_rescued`]) {
        const found = await contentsOf(drill, each);
        if (found !== expected) drill.complaints.push(`${city} gave back ${found} in ${each} instead of ${expected}`);
        await sql(drill, `drop table ${each};`);
      }
    }
  },
};

/** Patroni takes a copy of the primary where a repository gives nothing: the drill must not be content with that. */
async function requireRestored(drill: Drill, city: string): Promise<void> {
  for (const member of membersIn(city)) {
    const log = await kubectl(drill.platform, city, ["logs", podName(member), "--container=postgres"]);
    const method = /replica has been created using (\S+)/.exec(log)?.[1] ?? "something that its log does not name";
    if (method !== "pgbackrest") drill.complaints.push(`${memberName(member)} was made by ${method}`);
  }
}

/** Acknowledged writes that neither the cluster nor the lost side of a fork has. */
async function unaccounted(drill: Drill): Promise<string[]> {
  const timeline = drill.notes.get("timeline") ?? "";
  // Of before the questions: the load goes on, and what is acknowledged after one is asked is in no answer.
  const acknowledged = drill
    .operations()
    .filter(({ kind, outcome }) => kind === "write" && outcome === "ok")
    .map(({ client, sequence }) => `${client} ${sequence}`);
  const query = `select 'row ' || client || ' ' || sequence from drill.writes where run = '${drill.notes.get("run") ?? ""}'`;
  const rowsIn = (said: string) => new Set([...said.matchAll(/row (\w+ \d+)/g)].map(([, row]) => row));
  const here = rowsIn(await sql(drill, `${query};`));
  const lost = acknowledged.filter((row) => !here.has(row));
  const said = await drill.followRunbook({
    name: "fork-tail",
    values: { CITY: "jakarta", TIMELINE: timeline, QUERY: query },
  });
  const rescued = rowsIn(said);
  const missing = lost.filter((row) => !rescued.has(row));
  drill.mark(`${lost.length - missing.length} of ${lost.length} lost writes are on the losing side of the fork`);
  return missing.length === 0
    ? []
    : [`${missing.length} acknowledged writes are in neither side of the fork, e.g. ${missing.slice(0, 3).join(", ")}`];
}

const lostCity = { name: "loss-of-a-city", values: { CITY: "surabaya", OTHER: "jakarta" } };

/** While Surabaya is made anew nobody else notices. */
const oneCityMadeAnew: ScenarioPromise = {
  cities: everyCity(writesGoOn(bounds.unnoticed), { surabaya: { writes: writesGoOn(bounds.reads) } }),
  lostAge: 0,
  leader: "same",
};

const lostBucket = { name: "lost-bucket", values: { CITY: "jakarta", OTHER: "bandung" } };

const seeTheLoss: Step = {
  what: "the runbook shows what is lost",
  act: async (drill) => {
    const said = await drill.followRunbook({ ...lostBucket, sections: ["What shows it"] });
    if (!said.includes("NoSuchBucket")) drill.complaints.push("the runbook does not show that there is no bucket");
  },
};

/** What is lost is brought back, by the runbooks, while clients go on. */
export const recoveryScenarios: readonly Scenario[] = [
  {
    name: "restore-to-a-time",
    title: "A table is dropped by mistake, and each city gives it back over a change of timeline",
    covers: ["matrix 13", "M14"],
    steps: [{ what: "each city has a backup", act: checkArchives }, { ...fillTable, isFault: true }, restoreInEachCity],
    promise: { cities: everyCity(writesGoOn(bounds.switchover)), lostAge: 0, leader: "other city" },
  },
  {
    name: "unheard-timeline",
    title: "A timeline was begun of which nobody has heard, and no other one gets its number",
    covers: ["matrix 4", "matrix 13", "M14"],
    steps: [{ what: "each city has a backup", act: checkArchives }, loseTimeline, restoreInEachCity],
    promise: { cities: everyCity(writesGoOn(bounds.switchover)), lostAge: 0, leader: "other city" },
  },
  {
    name: "rescue-fork",
    title: "What an isolated primary acknowledged is found again",
    covers: ["matrix 4", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      {
        ...cutCity("jakarta"),
        isFault: true,
        act: async (drill) => {
          drill.notes.set("timeline", await sql(drill, currentTimeline));
          await cutCity("jakarta").act(drill);
        },
      },
      untilWritesAreBack(branches, 45),
    ],
    afterwards: unaccounted,
    promise: {
      cities: everyCity(writesGoOn(bounds.recovery), { jakarta: { writes: writesRefused(bounds.reads) } }),
      lostAge: bounds.isolation,
      leader: "other city",
    },
  },
  {
    name: "restore-drill",
    title: "A city proves by itself that its repository gives the database back",
    covers: ["M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      {
        ...runbook("Bandung's restore drill is run now, and the primary copied, by the runbook", "restore-drill", {
          CITY: "bandung",
          COPY_PRIMARY: "yes",
        }),
        isFault: true,
      },
      {
        what: "a bit of Bandung's newest backup changes, and one of its newest WAL; its verification finds both; the WAL is mended, and the runbook makes another backup and deletes that one",
        act: damageRepository,
      },
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "lose-bucket",
    title: "A city's bucket is lost, and the repository in a new one gives the database back",
    covers: ["matrix 11", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      {
        what: "the bucket of Jakarta is deleted with everything in it",
        act: (drill) => loseBucket(drill, "jakarta"),
        isFault: true,
      },
      finishFilesOfWal,
      seeTheLoss,
      {
        what: "an empty bucket takes its place, and is made a repository that proves itself, by the runbook",
        act: async (drill) => {
          giveBuckets(drill.platform, "jakarta");
          await drill.followRunbook({
            ...lostBucket,
            sections: ["What is lost, and what is not", "A new repository", "Proof"],
          });
        },
      },
    ],
    // The primary archives as well, to a place of its own in the same bucket.
    untilHealed: (drill) => archiversCatchUp(drill, [{ city: "jakarta", pod: "core-0" }]),
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "lose-city-volumes",
    title: "Every volume of a city is lost, and its repository gives the data back",
    covers: ["matrix 15", "M8", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      {
        what: "every volume of Surabaya is lost, and the runbook followed",
        isFault: true,
        act: async (drill) => {
          await requireNew(drill, {
            cities: ["surabaya"],
            names: [...claims, etcdMember],
            act: () => drill.followRunbook({ ...lostCity, sections: ["etcd", "From the city's repository"] }),
          });
          await requireRestored(drill, "surabaya");
        },
      },
    ],
    promise: oneCityMadeAnew,
  },
  {
    name: "lose-city-and-bucket",
    title: "Every volume of a city and its bucket are lost, and another city gives the data back",
    covers: ["matrix 15", "M8", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      {
        what: "every volume of Surabaya and what is in its bucket are lost; members and repository are made anew by the runbooks",
        isFault: true,
        act: async (drill) => {
          await loseBucket(drill, "surabaya");
          giveBuckets(drill.platform, "surabaya");
          await requireNew(drill, {
            cities: ["surabaya"],
            names: [...claims, etcdMember],
            act: async () => {
              await drill.followRunbook({ ...lostCity, sections: ["etcd", "Where the bucket is lost too"] });
              const sections = ["A new repository", "Proof"];
              await drill.followRunbook({ ...lostBucket, values: lostCity.values, sections });
              await drill.followRunbook({ ...lostCity, sections: ["The others, from the new repository"] });
            },
          });
        },
      },
    ],
    promise: oneCityMadeAnew,
  },
];
