import { archiversCatchUp, archiveWithoutHelp, jobsSucceed, runJob } from "../archive.js";
import { membersMadeAnew, noteBirthmarks } from "../birthmarks.js";
import { bounds, everyCity, writesGoOn, writesRefused } from "../bounds.js";
import { now, type Drill } from "../drill.js";
import { stopArchive } from "../faults.js";
import type { Scenario } from "../scenario.js";
import { greatestLag } from "../series.js";
import { cutCity, finishFilesOfWal, hold, runbook } from "../steps.js";
import { configurationOf, configure, kubectl, sqlIn } from "../tier.js";

/** Who leads in scenarios in which nothing happens to the leader. */
const primary = { city: "jakarta", pod: "core-0" };

/** Bytes a second that a link between cities carries for the data tier: 50 Mbit/s (M18). */
export const linkBytesPerSecond = 50e6 / 8;

/** Seconds for which more is written than a link carries. */
const overload = 30;

/** Bytes that a branch is behind at some moment if its link was full: half of what the link does not carry meanwhile. */
const leftBehind = (overload * linkBytesPerSecond) / 2;

/** Settings with which the primary soon forgets a member that is away. */
const shortMemory = {
  member_slots_ttl: "30s",
  "postgresql.parameters.wal_keep_size": "32MB",
  "postgresql.parameters.max_slot_wal_keep_size": "64MB",
};

/** Bytes of WAL that are written between two looks at the archiver, and bytes after which it must have dropped some. */
const portion = 50e6;
const plenty = 1e9;

/** What pgBackRest says when the queue of the archiver is full. */
const droppedWal = "dropped WAL file";

/** Fills the queue of Bandung's archiver, at a pace that the links carry. */
async function writeUntilDropped(drill: Drill): Promise<void> {
  for (let written = 0; written < plenty; written += portion) {
    const log = ["logs", "reporting-0", "--container=postgres", "--since=15m"];
    if ((await kubectl(drill.platform, "bandung", log)).includes(droppedWal)) return;
    await drill
      .client("jakarta")
      .command({ command: "wal", bytes: portion, bytesPerSecond: 0.75 * linkBytesPerSecond });
  }
  drill.complaints.push(`after ${plenty} bytes of WAL the archiver has dropped none`);
}

/** Scarce links and archives. */
export const loadScenarios: readonly Scenario[] = [
  {
    name: "archive-down",
    title: "The object storage of a city is away",
    covers: ["matrix 11", "M14"],
    steps: [
      {
        what: "the object storage of Bandung is stopped",
        act: (drill) => stopArchive(drill, "bandung"),
      },
      finishFilesOfWal,
      runbook("what waits is looked at, by the runbook", "archive-down", { CITY: "bandung" }, [
        "What waits",
        "A replication slot holds WAL",
        "The volume is nearly full",
      ]),
    ],
    untilHealed: archiversCatchUp,
    afterwards: async (drill) => {
      await drill.followRunbook({ name: "archive-down", sections: ["WAL was dropped"], values: { CITY: "bandung" } });
      await jobsSucceed(drill, "full-after-gap-", ["bandung"]);
      await jobsSucceed(drill, "check-after-gap-", ["bandung"]);
      return [];
    },
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "archive-gap",
    title: "The object storage of a city is away for longer than WAL is kept for it",
    covers: ["matrix 11", "M14"],
    steps: [
      {
        what: "the object storage of Bandung is stopped",
        act: (drill) => stopArchive(drill, "bandung"),
      },
      {
        what: "WAL is written until the archiver of Bandung drops what waits longest",
        act: writeUntilDropped,
      },
    ],
    untilHealed: archiversCatchUp,
    afterwards: async (drill) => {
      await drill.followRunbook({ name: "archive-down", sections: ["WAL was dropped"], values: { CITY: "bandung" } });
      await jobsSucceed(drill, "full-after-gap-", ["bandung"]);
      await jobsSucceed(drill, "check-after-gap-", ["bandung"]);
      // It asks this city's repository alone, which could restore nothing of after the gap.
      await runJob(drill, "bandung", "restore-drill");
      return [];
    },
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "saturated-link",
    title: "More WAL is written than the links carry",
    covers: ["M18"],
    steps: [
      {
        what: `WAL is written for ${overload} s at twice the budget of a link`,
        act: async (drill) => {
          const bytesPerSecond = 2 * linkBytesPerSecond;
          const began = now();
          await drill.client("jakarta").command({ command: "wal", bytes: overload * bytesPerSecond, bytesPerSecond });
          const since = drill.observations().filter(({ at }) => at >= began);
          for (const member of ["bandung-core-0", "surabaya-core-0"]) {
            const lag = greatestLag(since, member);
            if (lag < leftBehind)
              drill.complaints.push(`the link of ${member} was not full: it was ${lag} bytes behind at most`);
          }
        },
      },
      hold(45),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "archive-timeout",
    title: "Without anything else that ends files of WAL each city's archive has a commit within its time",
    covers: ["M13", "M14"],
    steps: [
      {
        what: `a file of WAL begins while no check or backup runs; each city's archive has it within ${bounds.archived} s`,
        act: archiveWithoutHelp,
      },
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "branch-outlives-slot",
    title: "A branch is away for longer than its slot is kept, and heals from the archive",
    covers: ["matrix 12", "M14"],
    steps: [
      {
        what: "slots and WAL are kept for a short while only",
        act: async (drill) => {
          const before = await configurationOf(drill.platform, Object.keys(shortMemory));
          drill.onHealing("keep slots and WAL as before", () => configure(drill.platform, before));
          await configure(drill.platform, shortMemory);
        },
      },
      {
        ...cutCity("surabaya"),
        act: async (drill) => {
          await noteBirthmarks(drill, "surabaya");
          await cutCity("surabaya").act(drill);
        },
        isFault: true,
      },
      hold(75),
      {
        what: "WAL that the branch lacks is written and removed",
        act: async (drill) => {
          await drill
            .client("jakarta")
            .command({ command: "wal", bytes: 256e6, bytesPerSecond: linkBytesPerSecond / 2 });
          await sqlIn(drill.platform, primary, "select pg_switch_wal(); checkpoint;");
          // Or it would come back as from any short absence, and prove nothing.
          const question =
            "select slot_name from pg_replication_slots where slot_name = 'surabaya_core_0' and wal_status <> 'lost';";
          await drill.require(
            "the loss of the branch's slot",
            async () => {
              const slot = (await sqlIn(drill.platform, primary, question)).trim();
              return slot === "" ? [] : [`${slot} still keeps WAL`];
            },
            60,
          );
        },
      },
    ],
    afterwards: async (drill) => {
      const members = await membersMadeAnew(drill, "surabaya");
      return members.map((member) => `${member} was made anew instead of healing from the archive`);
    },
    promise: {
      cities: everyCity(writesGoOn(bounds.unnoticed), { surabaya: { writes: writesRefused(bounds.reads) } }),
      lostAge: 0,
      leader: "same",
    },
  },
];
