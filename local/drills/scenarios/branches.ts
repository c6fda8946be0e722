import { bounds, everyCity, readsGoOn, writesGoOn } from "../bounds.js";
import type { ReadEntry } from "../contract.js";
import { homeLeader, requireHealth } from "../health.js";
import type { Scenario } from "../scenario.js";
import { hold, losePods } from "../steps.js";
import { sqlIn, switchover } from "../tier.js";

/** Members of a branch that go, or go their own way. */
export const branchScenarios: readonly Scenario[] = [
  {
    name: "kill-branch-main",
    title: "The main member of a branch dies, and its backup serves",
    covers: ["M12.1", "M12.3", "matrix 7"],
    inCi: true,
    steps: [losePods("bandung", ["core-0"], "the main core member of Bandung is down"), hold(45)],
    promise: {
      cities: branchPromise("pg-ro", ["bandung-core-1"]),
      lostAge: 0,
      leader: "same",
    },
  },
  {
    name: "kill-branch-both",
    title: "Main and backup of a branch die, and Jakarta serves",
    covers: ["M12.1", "M12.3", "matrix 7"],
    steps: [losePods("bandung", ["core-0", "core-1"], "both core members of Bandung are down"), hold(45)],
    promise: {
      cities: branchPromise("pg-ro", ["jakarta-core-0", "jakarta-core-1"]),
      lostAge: 0,
      leader: "same",
    },
  },
  {
    name: "kill-branch-reporting-main",
    title: "The main member for reports of a branch dies, and its backup serves",
    covers: ["M12.1", "M12.3"],
    steps: [losePods("bandung", ["reporting-0"], "the main reporting member of Bandung is down"), hold(45)],
    promise: {
      cities: branchPromise("pg-report", ["bandung-reporting-1"]),
      lostAge: 0,
      leader: "same",
    },
  },
  {
    name: "kill-branch-reporting-both",
    title: "Both members for reports of a branch die, and those of Jakarta serve",
    covers: ["M12.1", "M12.3"],
    steps: [
      losePods("bandung", ["reporting-0", "reporting-1"], "both reporting members of Bandung are down"),
      hold(45),
    ],
    promise: {
      cities: branchPromise("pg-report", ["jakarta-reporting-0", "jakarta-reporting-1"]),
      lostAge: 0,
      leader: "same",
    },
  },
  {
    name: "promote-branch-member",
    title: "Somebody promotes a replica of a branch beside Patroni",
    covers: ["matrix 2"],
    steps: [
      {
        // The main members of branches then follow a timeline that is not yet in their control files, where pg_rewind looks.
        what: "the lead moves to the other candidate of Jakarta",
        act: async (drill) => {
          await switchover(drill.platform, "jakarta", homeLeader(drill.topology), "jakarta-core-1");
          await drill.requireLeader("jakarta-core-1");
          // A replica that had not heard of the new timeline would give its own the same number, which nobody could tell apart.
          await requireHealth(drill, "that everybody follows", bounds.recovery);
        },
      },
      {
        what: "surabaya-reporting-1 is promoted, and comes back by itself",
        isFault: true,
        act: async (drill) => {
          await sqlIn(drill.platform, { city: "surabaya", pod: "reporting-1" }, "select pg_promote();");
          await drill.hold(10);
          await requireHealth(drill, "the return of surabaya-reporting-1", bounds.recovery);
        },
      },
    ],
    promise: { cities: everyCity(writesGoOn(bounds.switchover)), lostAge: 0, leader: "same" },
  },
];

/** Nothing is noticed, and readers through one entry point of Bandung are answered by others. */
function branchPromise(entry: ReadEntry, servers: readonly string[]) {
  const usual = everyCity(writesGoOn(bounds.unnoticed));
  const { bandung } = usual;
  if (!bandung) throw new Error("there is no city bandung");
  const reads = { ...bandung.reads, [entry]: readsGoOn(bounds.reads, servers) };
  return { ...usual, bandung: { ...bandung, reads } };
}
