import { certificateLifetime } from "../../../components/platform/index.js";
import {
  certificateFiles,
  memberName,
  memberSets,
  membersOf,
  paths,
  podName,
  ports,
} from "../../../components/postgres/layout.js";
import { bounds, everyCity, writesGoOn } from "../bounds.js";
import { changeSetting, upValues } from "../changedSettings.js";
import { drillLogin } from "../contract.js";
import type { Drill } from "../drill.js";
import type { Scenario } from "../scenario.js";
import { noted, runbook, untilWritesAreBack } from "../steps.js";
import { kubectl } from "../tier.js";

const all = ["jakarta", "bandung", "surabaya"];

/** When the certificate ends that each member of the cluster serves, by its name. */
async function certificateEnds(drill: Drill): Promise<Map<string, string>> {
  const members = drill.topology.cities.flatMap(({ name }) => memberSets.flatMap((set) => membersOf(name, set)));
  const ask =
    `curl --silent --verbose --output /dev/null --cacert ${paths.certificates}/${certificateFiles.authority} ` +
    `https://localhost:${ports.patroni}/liveness 2>&1 | grep 'expire date'`;
  const ends = await Promise.all(
    members.map(async (member) => {
      const command = ["exec", podName(member), "--container=postgres", "--", "bash", "-c", ask];
      return [memberName(member), (await kubectl(drill.platform, member.city, command)).trim()] as const;
    }),
  );
  return new Map(ends);
}

/** The login that the Secret of each city hands out to the drills. */
async function drillUsers(drill: Drill): Promise<Map<string, string>> {
  const { secret, keys } = drillLogin;
  const users = await Promise.all(
    drill.cities.map(async (city) => {
      const output = `--output=jsonpath={.data.${keys.user}}`;
      const encoded = await kubectl(drill.platform, city, ["get", "secret", secret, output]);
      return [city, Buffer.from(encoded, "base64").toString()] as const;
    }),
  );
  return new Map(users);
}

/** What is done to a tier in its life, by the runbooks, while clients go on. */
export const upkeepScenarios: readonly Scenario[] = [
  {
    name: "replace-members",
    title: "A replica, a volume and a vote are made anew",
    covers: ["matrix 6", "matrix 15", "M8"],
    steps: [
      runbook("a replica of Bandung is replaced, then its volume", "replace-member", {
        CITY: "bandung",
        POD: "core-1",
        NEW_VOLUME: "yes",
        ETCD_CITY: "surabaya",
        OTHER: "jakarta",
      }),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "retained-volume",
    title: "A claim is deleted, and its volume is attached again",
    covers: ["matrix 15", "M8"],
    steps: [
      {
        what: "the claim of a replica in Surabaya is deleted, and its pod",
        act: async (drill) => {
          await kubectl(drill.platform, "surabaya", ["delete", "pvc", "data-core-1", "--wait=false"]);
          await kubectl(drill.platform, "surabaya", ["delete", "pod", "core-1"]);
        },
      },
      runbook("the old volume is attached again by the runbook", "retained-volumes", {
        CITY: "surabaya",
        POD: "core-1",
        OTHER: "jakarta",
      }),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "renew-certificates",
    title: "Certificates are renewed while clients are connected, and every member of the cluster serves a new one",
    covers: ["matrix 15"],
    steps: [
      {
        what: "make up renews every certificate, as the runbook says",
        act: async (drill) => {
          const before = await certificateEnds(drill);
          // Longer than any certificate of before, and due as soon as it is older than an hour.
          const validityHours = certificateLifetime.validityHours + Math.ceil((Date.now() % 3e10) / 3.6e5);
          const project = changeSetting(drill, "certificates", { validityHours, earlyRenewalHours: validityHours - 1 });
          await drill.followRunbook({ name: "certificates", values: { CITY: "jakarta", ...upValues(project) } });
          await drill.require(
            "the new certificates of every member",
            async () => {
              const after = await certificateEnds(drill);
              return [...after]
                .filter(([member, end]) => before.get(member) === end)
                .map(([member]) => `${member} serves the old one`);
            },
            180,
          );
        },
      },
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "rotate-passwords",
    title: "Passwords are changed while clients go on with the old ones",
    covers: ["M6", "matrix 15"],
    steps: [
      {
        what: "make up changes the resting logins and hands them out, as the runbook says",
        act: async (drill) => {
          const before = await drillUsers(drill);
          // Generations hand out the two logins by turns.
          const generation = [...before.values()].every((user) => user.endsWith("_a")) ? 1 : 0;
          const project = changeSetting(drill, "passwordGeneration", generation);
          await drill.followRunbook({ name: "passwords", values: { CITY: "jakarta", ...upValues(project) } });
          const after = await drillUsers(drill);
          const same = drill.cities.filter((city) => before.get(city) === after.get(city));
          drill.notes.set(
            "wrong",
            same.map((city) => `${city} still hands out ${before.get(city) ?? "nothing"}`).join("; "),
          );
        },
      },
    ],
    afterwards: noted,
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "maintenance",
    title: "The lead is moved and brought home by the runbook",
    covers: ["matrix 10"],
    steps: [
      runbook("a switchover to Bandung and back", "switchover", { CITY: "jakarta", CANDIDATE: "bandung-core-0" }),
      untilWritesAreBack(all, 5),
    ],
    promise: { cities: everyCity(writesGoOn(bounds.switchover)), lostAge: 0, leader: "same" },
  },
];
