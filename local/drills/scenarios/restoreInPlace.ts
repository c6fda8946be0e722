import { archiversCatchUp, checkArchives, jobsSucceed } from "../archive.js";
import { bounds, cityAway, everyCityByHand } from "../bounds.js";
import { upValues } from "../changedSettings.js";
import type { Drill } from "../drill.js";
import { missingInSchema, takeSchemaBack } from "../olderSchema.js";
import { contentsOf, noteContents, sql, table } from "../precious.js";
import type { Scenario, Step } from "../scenario.js";
import { hold, loseCity, untilWritesAreBack } from "../steps.js";
import { kubectl } from "../tier.js";

const makeMistake: Step = {
  what: "a table gets rows, and a moment later all of them are wrong",
  act: async (drill) => {
    await sql(drill, `drop table if exists ${table}; create table ${table} (id integer primary key);`);
    await sql(drill, `insert into ${table} select generate_series(1, 1000);`);
    await noteContents(drill);
    await sql(drill, `update ${table} set id = -id;`);
  },
};

const backUpTheFuture = (city: string): Step => ({
  what: `${city} makes a backup of what shall not have happened`,
  act: async (drill) => {
    const name = `drill-future-${Date.now()}`;
    await kubectl(drill.platform, city, ["create", "job", name, "--from=cronjob/backup"]);
    await jobsSucceed(drill, "drill-future-", [city]);
  },
});

/** Follows sections of the runbook of a restore in place, to the moment that was noted, and notes what it said. */
async function follow(drill: Drill, section: string, values: Readonly<Record<string, string>>): Promise<void> {
  const said = await drill.followRunbook({
    name: "restore-to-a-time",
    sections: [section],
    values: {
      ...upValues(drill.platform.project),
      TARGET: drill.notes.get("target") ?? "",
      TABLE: table,
      ...values,
    },
  });
  drill.notes.set("runbook", said);
}

async function mistakeIsGone(drill: Drill): Promise<string[]> {
  const [found, expected] = [await contentsOf(drill), drill.notes.get("contents") ?? ""];
  return found === expected ? [] : [`the table has ${found} instead of ${expected}`];
}

/** What is wrong with the backups of a city after it: a member that is made from one of that future could not follow. */
async function futureIsExpired(drill: Drill, city: string): Promise<string[]> {
  const command = ["exec", "core-0", "--container=postgres", "--", "database", "expire-abandoned"];
  const left = await kubectl(drill.platform, city, command);
  return [
    ...(left.includes("has no backup that the cluster could not follow") ? [] : [`${city} still has ${left}`]),
    ...((drill.notes.get("runbook") ?? "").includes("which the cluster has left")
      ? []
      : ["the runbook removed no backup"]),
  ];
}

/** The whole database goes back to a moment, by the runbook. */
export const restoreInPlaceScenarios: readonly Scenario[] = [
  {
    name: "restore-in-place",
    title: "Everything goes back to a moment before a mistake",
    covers: ["matrix 13", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      { what: "the schema of the services is what it was before a migration, and lacks a right", act: takeSchemaBack },
      makeMistake,
      backUpTheFuture("bandung"),
      {
        what: "all cities go back to before it, by the runbook, which has roles and schema made anew",
        isFault: true,
        act: async (drill) => {
          await follow(drill, "In place", { VERIFY: "yes", RECONCILE: "yes" });
          drill.complaints.push(...(await missingInSchema(drill)));
          await jobsSucceed(drill, "full-after-restore-");
        },
      },
      untilWritesAreBack(["jakarta", "bandung", "surabaya"], 5),
    ],
    afterwards: async (drill) => [...(await mistakeIsGone(drill)), ...(await futureIsExpired(drill, "bandung"))],
    promise: { cities: everyCityByHand, lostAge: bounds.byChoice, leader: "any" },
  },
  {
    name: "restore-in-place-without-city",
    title:
      "Everything goes back to a moment before a mistake while a city is off, which knows the mistake and comes back",
    covers: ["matrix 13", "M14"],
    steps: [
      { what: "each city has a backup", act: checkArchives },
      makeMistake,
      { what: "every city archives it", act: archiversCatchUp },
      backUpTheFuture("surabaya"),
      { ...loseCity("surabaya"), isFault: true },
      hold(20),
      {
        what: "the cities that are there go back to before it, by the runbook",
        act: (drill) => follow(drill, "In place", { CITIES: "jakarta bandung", AWAY: "surabaya" }),
      },
      untilWritesAreBack(["jakarta", "bandung"], 5),
    ],
    afterwards: async (drill) => {
      await follow(drill, "A city that was off comes back", { BACK: "surabaya" });
      return [...(await mistakeIsGone(drill)), ...(await futureIsExpired(drill, "surabaya"))];
    },
    promise: {
      cities: { ...everyCityByHand, surabaya: cityAway },
      lostAge: bounds.byChoice,
      leader: "any",
    },
  },
];
