import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Commit } from "../../../components/postgres/configuration/settings.js";
import { etcdPod, memberName, membersIn, podName } from "../../../components/postgres/layout.js";
import { perform } from "../../../local/drills/attempt.js";
import { bounds, everyCity, writesGoOn } from "../../../local/drills/bounds.js";
import { findingsOf } from "../../../local/drills/check.js";
import { DrillClient } from "../../../local/drills/clients.js";
import { drillCommand, topology } from "../../../local/drills/command.js";
import { Drill } from "../../../local/drills/drill.js";
import { Pods } from "../../../local/drills/pods.js";
import type { Scenario } from "../../../local/drills/scenario.js";
import { verdictOf, type Check } from "../../../local/drills/verdict.js";
import { UserError } from "../../../local/errors.js";
import { localPlatform } from "../../../local/platform.js";
import { cities } from "../../support/drills.js";

const platform = localPlatform({});
const all = topology.cities.flatMap(({ name }) => membersIn(name));
const [leader = ""] = all.map(memberName);
const members = all.map(memberName).map((name) => ({
  name,
  role: name === leader ? "leader" : "quorum_standby",
  state: name === leader ? "running" : "streaming",
  timeline: 1,
  lag: 0,
}));

/** A client that makes up a healthy database: it acknowledges everything but what it is told to lose. */
const clientProgram = (city: string, lost: number): string => `
  const say = (event) => console.log(JSON.stringify({
    monotonic: Number(process.hrtime.bigint() / 1000n), wall: 1, ...event }));
  setInterval(() => say({ type: "observe", result: { members: ${JSON.stringify(members)}, leaders: ["${leader}"] } }), 100).unref();
  let sequence = 0, timer, counts = {};
  require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, command, clients } = JSON.parse(line);
    if (command === "load") timer = setInterval(() => {
      sequence += 1;
      for (const about of [{ operation: "write", entry: "pg-rw" },
        { operation: "read", entry: sequence % 2 ? "pg-ro" : "pg-report" }]) {
        const newest = Object.fromEntries(clients.map((client) => [client, 1e6]));
        say({ type: "invoke", sequence, ...about });
        say({ type: "ok", sequence, ...about, server: "10.10.0.5", ...(about.operation === "write" ? { timeline: 1 } : { newest }) });
      }
    }, 50);
    if (command === "stop") clearInterval(timer);
    const rows = { "${city}": sequence > ${lost} ? [[1 + ${lost}, sequence]] : [] };
    if (id) say({ type: "answer", id, ...(command === "rows" && { result: rows }) });
  });`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "drill-attempt-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function held(scenario: Scenario, lost: number, commit?: Commit) {
  const entry = { host: "", port: 1, serverName: "", answerMilliseconds: 1000 };
  const said: string[] = [];
  // Each copy is the same only because there is one client: its rows are those of its own city.
  const clients = cities.slice(0, 1).map(
    (city) =>
      new DrillClient(
        [process.execPath, ["-e", clientProgram(city, lost)]],
        {
          city,
          authority: "",
          database: "d",
          user: "u",
          password: "p",
          entryPoints: { "pg-rw": entry, "pg-ro": entry, "pg-report": entry },
          timeoutMilliseconds: 1000,
        },
        join(directory, `${city}.jsonl`),
      ),
  );
  const pods = new Pods(platform, [], () => undefined);
  for (const { name: city } of topology.cities)
    for (const name of [...membersIn(city).map(podName), etcdPod])
      pods.learn({ city, name, uid: name, node: "n", address: `10.0.0.${name.length}`, isReady: true });
  // The other cities say the same as the one that has a client.
  const views = class extends Drill {
    override views() {
      return super.views().flatMap((view) => cities.map((city) => ({ ...view, city })));
    }
  };
  const drill = new views(platform, topology, clients, pods, new AbortController().signal, (line) => said.push(line));
  try {
    return { ...(await perform(drill, scenario, { commit, quiet: { before: 0.5, after: 0.3 } })), said };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

const done: string[] = [];
/** What a step held against its own bound. */
const measured: Check = { of: "time", what: "it", promised: "at most 1 s", measured: "0.5 s", isKept: true };
const scenario: Scenario = {
  name: "nothing",
  title: "Nothing happens",
  covers: ["matrix 0"],
  steps: [
    {
      what: "something is broken",
      act: (drill) => {
        drill.onHealing("mend it", () => {
          done.push("mended");
          return Promise.resolve();
        });
        drill.checks.push(measured);
        return drill.hold(0.5);
      },
    },
  ],
  afterwards: () => Promise.resolve(["something else is wrong"]),
  promise: { cities: everyCity(writesGoOn(bounds.unnoticed)), lostAge: 0, leader: "same" },
};

test("an attempt waits for health, loads, breaks, heals, reads what is left, and hands all of it to the checker", async () => {
  const { recording, complaints, checks, said } = await held(scenario, 0, "quorum");
  expect(said).toEqual(["something is broken", "healing begins", "healing: mend it", "healed", "healthy"]);
  expect(done).toEqual(["mended"]);
  expect(complaints).toEqual(["something else is wrong"]);
  expect(checks).toEqual([measured]);
  const { start, fault, healing, healed, end } = recording;
  expect([start, fault, healing, healed, end]).toEqual([start, fault, healing, healed, end].sort((a, b) => a - b));
  expect(recording.quorumCommit).toBe(true);
  const own = { ...recording, cities: ["jakarta"] };
  expect(verdictOf(scenario.promise, findingsOf(own), own).filter(({ isKept }) => !isKept)).toEqual([]);
  expect(recording.operations.length).toBeGreaterThan(20);
});

test("an attempt in which acknowledged writes disappear is not green", async () => {
  const { recording } = await held(scenario, 5);
  const own = { ...recording, cities: ["jakarta"] };
  const broken = verdictOf(scenario.promise, findingsOf(own), own).filter(({ isKept }) => !isKept);
  expect(broken.map(({ what }) => what)).toEqual(["lost acknowledged writes"]);
  expect(broken[0]?.measured).toMatch(/^5, up to /);
});

test("without a platform of real nodes there is one clear error, and nothing is done", async () => {
  const nowhere = localPlatform({ NUSANTARA_DIRECTORY: join(directory, "platform") });
  const options = { scenario: "ci", attempts: "1", out: join(directory, "out") };
  const error: unknown = await drillCommand(nowhere, options, () => undefined).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).explanation).toBe("jakarta is not up with real nodes\n  → make up NODES=real");
});
