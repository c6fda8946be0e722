import { etcdPod } from "../../../components/postgres/layout.js";
import { bounds, everyCity, writesGoOn, writesRefused } from "../bounds.js";
import { now, type Drill } from "../drill.js";
import { filling, fillEtcd, raiseCorrupt } from "../etcdAlarms.js";
import { etcdMember, requireNew } from "../identities.js";
import type { Scenario, Step } from "../scenario.js";
import { hold, lastAcknowledged, toLeader } from "../steps.js";
import { kubectl } from "../tier.js";

/** Seconds that are longer than any lock of Patroni lives by itself. */
const beyondLock = 45;

/** A city whose members have nothing to do with what is broken. */
const elsewhere = "bandung";

/** The runbook that both follow. */
const name = "etcd-alarms";

/** The alarm alone takes the lead from nobody. */
const primaryGoesOn: Step = {
  what: `${beyondLock} s pass, in which the primary keeps its lock and takes writes`,
  act: async (drill) => {
    const before = drill.leader();
    await drill.hold(beyondLock);
    if (drill.leader() !== before) drill.complaints.push(`${drill.leader()} leads in place of ${before}`);
    const late = drill.cities.filter((city) => lastAcknowledged(drill, city) < now() - bounds.unnoticed);
    for (const city of late) drill.complaints.push(`${city}: the alarm alone keeps writes from being acknowledged`);
  },
};

/** Has the runbook mend it where other scenarios undo what they broke, so that what it takes to come back is measured from there. */
const mendByRunbook = (drill: Drill): void => {
  drill.onHealing("the runbook is followed", async () => {
    await drill.followRunbook({ name, sections: ["NOSPACE"], values: { CITY: elsewhere, FOREIGN_KEYS: filling } });
  });
};

/** Alarms of etcd, and their runbook. */
export const etcdAlarmScenarios: readonly Scenario[] = [
  {
    name: "etcd-no-space",
    title: "The quota of etcd is used up, and the primary restarts",
    covers: ["matrix 6"],
    steps: [
      { what: "etcd is filled until it raises NOSPACE", act: (drill) => fillEtcd(drill, elsewhere) },
      primaryGoesOn,
      {
        ...toLeader("the primary restarts, and nobody can lead until the runbook is followed", async (drill, pod) => {
          mendByRunbook(drill);
          await kubectl(drill.platform, pod.city, ["delete", "pod", pod.name, "--wait=false"]);
        }),
        isFault: true,
      },
      hold(60),
    ],
    afterwards: async (drill) => {
      await drill.followRunbook({ name, sections: ["Is it well?"], values: { CITY: elsewhere } });
      return [];
    },
    // A candidate takes the lock that has been free for a while: what comes then is a switchover's second half.
    promise: { cities: everyCity(writesRefused(bounds.switchover)), lostAge: 0, leader: "nobody" },
  },
  {
    name: "etcd-corrupt",
    title: "A member of etcd counts as corrupt, and is replaced",
    covers: ["matrix 6", "M8"],
    steps: [
      {
        what: "CORRUPT is raised for the member of Surabaya, whose data are none the worse",
        act: (drill) => raiseCorrupt(drill, "surabaya"),
      },
      primaryGoesOn,
      {
        what: "the member is replaced and the alarm taken back, by the runbook",
        act: (drill) =>
          requireNew(drill, {
            cities: ["surabaya"],
            names: [`data-${etcdPod}`, etcdMember],
            act: () =>
              drill.followRunbook({
                name,
                sections: ["CORRUPT", "Is it well?"],
                values: { CITY: elsewhere, REPLACE_ETCD: "yes", ETCD_CITY: "surabaya" },
              }),
          }),
      },
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
];
