import { certificateLifetime } from "../../../components/platform/index.js";
import { certificateFiles, databaseName, paths } from "../../../components/postgres/layout.js";
import { localConfig } from "../../stack.js";
import { bounds, everyCity, writesGoOn } from "../bounds.js";
import { bringUp, changeSettings, upValues } from "../changedSettings.js";
import type { ClientSettings } from "../clients.js";
import { entryPointHost, entryPointPort } from "../contract.js";
import { refusalOf, type Drill } from "../drill.js";
import { etcdMember, requireNew, requireSameVolumes } from "../identities.js";
import type { Scenario } from "../scenario.js";
import { resizeMembers } from "../resizeMembers.js";
import { servedCertificates } from "../servedCertificates.js";
import { runbook, untilWritesAreBack } from "../steps.js";
import { clientSettings, kubectl } from "../tier.js";

const all = ["jakarta", "bandung", "surabaya"];

/** Logs in as a city's clients are told to. @throws UserError with the last words of psql. */
async function logIn(drill: Drill, city: string, { user, password }: Pick<ClientSettings, "user" | "password">) {
  const connection =
    `host=${entryPointHost("pg-rw")} port=${entryPointPort} dbname=${databaseName} user=${user} ` +
    `sslmode=verify-full sslrootcert=${paths.certificates}/${certificateFiles.authority}`;
  const script = 'read -r PGPASSWORD; export PGPASSWORD; psql --no-psqlrc --quiet --command "select 1" "$0"';
  const command = ["exec", "--stdin", "core-0", "--container=postgres", "--", "bash", "-c", script, connection];
  await kubectl(drill.platform, city, command, { input: `${password}\n` });
}

const logins = (drill: Drill): Promise<ClientSettings[]> =>
  Promise.all(drill.cities.map((city) => clientSettings(drill.platform, city, 1000)));

/** What is done to a tier in its life, by the runbooks, while clients go on. */
export const upkeepScenarios: readonly Scenario[] = [
  {
    name: "replace-members",
    title: "A replica, a volume and a vote are made anew",
    covers: ["matrix 6", "matrix 15", "M8"],
    steps: [
      {
        what: "a replica of Bandung is replaced, then its volume",
        act: (drill) =>
          requireNew(drill, {
            cities: ["bandung"],
            names: ["data-core-1"],
            act: () =>
              drill.followRunbook({
                name: "replace-member",
                sections: ["PostgreSQL"],
                values: { CITY: "bandung", POD: "core-1", OTHER: "jakarta", NEW_VOLUME: "yes" },
              }),
          }),
      },
      {
        what: "the vote of Surabaya is replaced",
        act: (drill) =>
          requireNew(drill, {
            cities: ["surabaya"],
            names: ["data-etcd-0", etcdMember],
            act: () =>
              drill.followRunbook({
                name: "replace-member",
                sections: ["etcd"],
                values: { REPLACE_ETCD: "yes", ETCD_CITY: "surabaya", OTHER: "jakarta" },
              }),
          }),
      },
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "retained-volume",
    title: "Two claims are deleted, and their volumes are attached again",
    covers: ["matrix 15", "M8"],
    steps: [
      {
        what: "the claims of two members in Surabaya are deleted, and their pods; the runbook attaches the old volumes again",
        act: (drill) =>
          requireSameVolumes(drill, {
            cities: ["surabaya"],
            names: ["data-core-1", "data-reporting-0"],
            act: async () => {
              const pods = ["core-1", "reporting-0"];
              const lost = pods.map((pod) => `data-${pod}`);
              await kubectl(drill.platform, "surabaya", ["delete", "pvc", "--wait=false", ...lost]);
              await kubectl(drill.platform, "surabaya", ["delete", "pod", ...pods]);
              await drill.followRunbook({
                name: "retained-volumes",
                sections: ["In one city"],
                values: { CITY: "surabaya", PODS: pods.join(" "), OTHER: "jakarta" },
              });
            },
          }),
      },
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "renew-certificates",
    title: "Certificates are renewed while clients are connected, and every server of the tier serves a new one",
    covers: ["matrix 15"],
    steps: [
      {
        what: "make up renews every certificate, as the runbook says",
        act: async (drill) => {
          const before = await servedCertificates(drill);
          // Longer than any certificate of before, and due as soon as it is older than an hour.
          const validityHours = certificateLifetime.validityHours + Math.ceil((Date.now() % 3e10) / 3.6e5);
          const project = changeSettings(drill, {
            certificates: { validityHours, earlyRenewalHours: validityHours - 1 },
          });
          await drill.followRunbook({ name: "certificates", values: { CITY: "jakarta", ...upValues(project) } });
          await drill.require(
            "new certificates everywhere",
            async () => {
              const after = await servedCertificates(drill);
              return [...after]
                .filter(([server, end]) => before.get(server) === end)
                .map(([server]) => `${server} serves the old one`);
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
          const before = await logins(drill);
          const { passwordGeneration } = localConfig(drill.platform, "jakarta", "real").database;
          const project = changeSettings(drill, { passwordGeneration: passwordGeneration + 1 });
          // Clients have the login that rests meanwhile, and which is the same when the generation is. A later `make up` would take
          // the password of the other one from whoever was handed that.
          drill.onHealing("hand the logins of before out again", () => bringUp(drill.platform));
          await drill.followRunbook({ name: "passwords", values: { CITY: "jakarta", ...upValues(project) } });
          for (const login of await logins(drill)) {
            const { city, user, password } = login;
            const old = before.find((each) => each.city === city);
            if (old?.user === user) drill.complaints.push(`${city} still hands out ${user}`);
            if (old?.password === password)
              drill.complaints.push(`${user} of ${city} has the password of the other login`);
            // A pooler fails the first that comes after a login of that name was refused, whenever that was, before it tries again.
            await drill.require(`${user} of ${city} gets in`, () => refusalOf(logIn(drill, city, login)), 15);
          }
        },
      },
    ],
    promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
  },
  {
    name: "resize-members",
    title: "Every member gets more memory and a larger volume, one after the other",
    covers: ["matrix 10", "matrix 15"],
    steps: [{ what: "memory and volumes of all members grow, as the runbook says", act: resizeMembers }],
    promise: { cities: everyCity(writesGoOn(bounds.switchover)), lostAge: 0, leader: "any" },
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
