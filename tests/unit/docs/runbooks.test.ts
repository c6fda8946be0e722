import { parse } from "yaml";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { renderCity } from "../../support/city.js";
import { forRepositoryHosts, KnownCluster, parseKubectl, type KubectlCall } from "../../support/kubectlCalls.js";
import { commandsOf } from "../../../local/drills/runbooks.js";
import { runbookNames, runbookText, runRunbook, withTool, type Ends, type Run } from "../../support/runbooks.js";

const clusters = new Map<string, KnownCluster>();
const runs = new Map<string, Run>();
beforeAll(async () => {
  for (const city of cityNames(nusantara)) clusters.set(city, new KnownCluster((await renderCity(city)).resources));
  for (const name of runbookNames) runs.set(name, runRunbook(name));
});

const runOf = (name: string): Run => {
  const run = runs.get(name);
  if (!run) throw new Error(`${name} was not run`);
  return run;
};

/** Calls of kubectl with the objects of the city that they are for. */
const callsOf = (name: string): { call: KubectlCall; cluster: KnownCluster; words: string }[] =>
  runOf(name).kubectl.map((words) => {
    const call = parseKubectl(words);
    const city = call.context.replace(/^kwok-/, "");
    const cluster = clusters.get(city);
    if (!cluster) throw new Error(`no city has the context "${call.context}": ${words.join(" ")}`);
    return { call, cluster, words: words.join(" ") };
  });

/** Arguments of the tool, wherever a runbook runs it. */
const toolCalls = (name: string): string[][] =>
  callsOf(name).flatMap(({ call }) => (call.command[0] === "database" ? [call.command.slice(1)] : []));

/** What the tool's own parser says of arguments; nothing where it takes them. */
function complaints(calls: readonly (readonly string[])[]): string[] {
  const program = `
import contextlib, io, json, sys
from database.arguments import parser
found = []
for arguments in json.load(sys.stdin):
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser().parse_args(arguments)
    except SystemExit:
        found.append(" ".join(arguments) + ": " + said.getvalue().strip().splitlines()[-1])
print(json.dumps(found))`;
  return JSON.parse(withTool(program, calls)) as string[];
}

/** Options of each of the tool's commands, those of commands below it included. */
function options(): Record<string, string[]> {
  const program = `
import argparse, json
from database.arguments import parser
def commands(parser):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()
def flags(parser):
    own = [flag for action in parser._actions for flag in action.option_strings]
    return own + [flag for _, below in commands(parser) for flag in flags(below)]
print(json.dumps({name: flags(below) for name, below in commands(parser())}))`;
  return JSON.parse(withTool(program)) as Record<string, string[]>;
}

describe.each(runbookNames)("runbook %s", (name) => {
  test("runs to its end where everything answers well", () => {
    expect({ status: runOf(name).status, stderr: runOf(name).stderr }).toEqual({ status: 0, stderr: "" });
    expect(runOf(name).kubectl.length).toBeGreaterThan(0);
  });

  test("leaves no command out in that run, so that all that follows is said of every one", () => {
    expect(commandsIn(commandsOf(runbookText(name))).length).toBeGreaterThan(0);
    const { ran } = runOf(name);
    const left = commandsIn(commandsOf(runbookText(name))).filter(
      // Bash says the line on which a command of several lines ends, or begins.
      ({ line, last, word }) =>
        !Array.from({ length: last - line + 1 }, (_, more) => line + more).some((each) => ran.get(each)?.has(word)),
    );
    expect(left).toEqual([]);
  });

  test("calls the tool as the tool takes it", () => {
    expect(complaints(toolCalls(name))).toEqual([]);
  });

  test("names objects, containers, files and variables that there are", () => {
    const unknown = callsOf(name).flatMap(({ call, cluster, words }) =>
      cluster.unknownIn(call).map((what) => `${what} in: ${words}`),
    );
    expect(unknown).toEqual([]);
  });

  test("names commands and options of the tool in its sentences that there are", () => {
    const known = options();
    const prose = runbookText(name).replaceAll(/^```[^]*?^```/gm, "");
    const mentions = [...prose.matchAll(/`(?:database|scratch)(?: [A-Z]+)? ([a-z][a-z-]*)([^`]*)`/g)];
    for (const [text, command = "", rest = ""] of mentions) {
      expect([text, Object.keys(known)]).toEqual([text, expect.arrayContaining([command])]);
      const flags = rest.match(/--[a-z-]+/g) ?? [];
      expect([text, known[command]]).toEqual([text, expect.arrayContaining(flags)]);
      if (text.startsWith("`database")) expect(forRepositoryHosts).not.toContain(command);
    }
  });

  test("leads to pages and headings that there are", () => {
    for (const [, file = "", heading] of runbookText(name).matchAll(/\]\(([\w.-]+\.md)(?:#([\w-]+))?\)/g)) {
      expect([...runbookNames, "README.md"]).toContain(file);
      const headings = [...runbookText(file).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
      if (heading !== undefined) expect([file, headings]).toEqual([file, expect.arrayContaining([heading])]);
    }
  });
});

test("a retained volume is kept for the claim that the StatefulSet makes anew", () => {
  const pods = ["core-1", "reporting-0"];
  const { kubectl } = runRunbook("retained-volumes.md", { CITY: "surabaya", PODS: pods.join(" "), ALL_CITIES: "no" });
  const patches = kubectl.map(parseKubectl).filter(({ verb }) => verb === "patch");
  // With the UID of the claim that is gone nothing would be bound to it.
  const kept = (pod: string) => ({
    op: "replace",
    path: "/spec/claimRef",
    value: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "databases", name: `data-${pod}` },
  });
  expect(patches.map(({ targets, options }) => [targets[1], parse(options.get("--patch") ?? "") as unknown])).toEqual(
    pods.map((pod) => [`old-${pod}`, [kept(pod)]]),
  );
});

test("a volume that is attached again was released last, and its pod is placed anew once the claim is bound", () => {
  const { kubectl } = runRunbook("retained-volumes.md", { CITY: "surabaya", PODS: "core-1", ALL_CITIES: "no" });
  const said = kubectl.map((call) => call.join(" "));
  expect(said.find((call) => call.includes(" get pv "))).toContain("--sort-by=.status.lastPhaseTransitionTime");
  const bound = said.findIndex((call) => call.includes(" get pvc data-core-1 -o jsonpath={.spec.volumeName}"));
  expect(bound).toBeGreaterThan(0);
  expect(said.slice(bound + 1).some((call) => call.includes(" delete pod core-1"))).toBe(true);
});

test("the volume that was released last is looked for when a claim that is being deleted has given up its own", () => {
  const values = { CITY: "surabaya", PODS: "core-1", ALL_CITIES: "no", CLAIM_LEAVES: "yes" };
  const { status, kubectl } = runRunbook("retained-volumes.md", values);
  expect(status).toBe(0);
  const said = kubectl.map((call) => call.join(" "));
  const looks = said.flatMap((call, index) => (call.includes("deletionTimestamp") ? [index] : []));
  expect(looks).toHaveLength(3);
  expect(said.findIndex((call) => call.includes('=="Released"'))).toBeGreaterThan(looks.at(-1) ?? Infinity);
});

describe("of all retained volumes that of the last primary starts first, and alone", () => {
  const replica = "shut down in recovery";
  const all = cityNames(nusantara).flatMap((city) => [`${city}-core-0`, `${city}-core-1`]);
  const ends = (own: Ends): Ends => ({
    ...Object.fromEntries(all.map((member) => [member, [replica, 9, 9] as const])),
    ...own,
  });
  const started = (own: Ends, values: Record<string, string> = {}) => {
    const { status, stderr, kubectl } = runRunbook("retained-volumes.md", values, ends(own));
    const commands = kubectl.map((call) => parseKubectl(call).command.slice(1));
    return { status, stderr, releases: commands.filter(([verb]) => verb === "release").slice(1) };
  };

  test.each<[string, Ends]>([
    ["was shut down", { "jakarta-core-0": ["shut down", 9, 0] }],
    ["crashed", { "jakarta-core-0": ["in production", 9, 0], "bandung-core-0": ["in production", 8, 0] }],
    [
      "was promoted just before",
      { "jakarta-core-0": ["in production", 9, 10], "bandung-core-0": ["in production", 9, 0] },
    ],
  ])("where it %s", (_, own) => {
    const { status, releases } = started(own);
    expect([status, releases]).toEqual([0, [["release", "--member", "jakarta-core-0"], ["release"]]]);
  });

  test("where a person names it", () => {
    const { status, releases } = started({}, { START_FIRST: "jakarta-core-0" });
    expect([status, releases]).toEqual([0, [["release", "--member", "jakarta-core-0"], ["release"]]]);
  });

  test.each<[string, Ends]>([
    ["stepped down before the end", { "jakarta-core-0": ["shut down", 9, 0], "bandung-core-0": [replica, 10, 10] }],
    ["can't be told from another", { "jakarta-core-0": ["shut down", 9, 0], "bandung-core-0": ["shut down", 9, 0] }],
    ["wrote since the hold", { "jakarta-core-0": ["shut down", 9, 0], "bandung-core-0": ["shut down", 10, 0, 1001] }],
    ["is nobody's data", Object.fromEntries(all.map((member) => [member, ["no data", 0, 0] as const]))],
  ])("and nobody where it %s", (_, own) => {
    const { status, stderr, releases } = started(own);
    expect([status, releases]).toEqual([1, []]);
    expect(stderr).toContain("which member starts first?");
  });

  test("and nobody where a member does not answer", () => {
    const { status, releases } = started({ "jakarta-core-0": ["shut down", 9, 0], "surabaya-core-1": ["", 0, 0] });
    expect([status === 0, releases]).toEqual([false, []]);
  });
});

test("what every runbook needs first leaves its values as they are, so that one set in the runbook wins", () => {
  expect(commandsOf(runbookText("README.md"))).not.toMatch(/\$\{\w+:=/);
});

test("a city whose member leads loses no volume to the runbook of a lost one", () => {
  const { status, stderr, kubectl } = runRunbook("loss-of-a-city.md", { CITY: "jakarta", OTHER: "jakarta" });
  expect([status, stderr]).toEqual([1, "jakarta-core-0 leads: not this runbook\n"]);
  expect(kubectl.map((words) => parseKubectl(words).verb)).not.toContain("delete");
});

test("nobody goes on before the pods that were deleted are gone", () => {
  const { status, stderr, kubectl } = runRunbook("loss-of-a-city.md", { PODS_STAY: "yes" });
  expect([status, stderr.startsWith("not in time")]).toEqual([1, true]);
  expect(kubectl.filter((words) => words.includes("data-core-0"))).toEqual([]);
});

test("a new etcd of two cities waits for nobody in the third", () => {
  const { status, stderr, kubectl } = runRunbook("no-candidate.md", {
    CITIES: "jakarta bandung",
    LOST: "bandung",
    BACK: "",
  });
  expect([status, stderr]).toEqual([0, ""]);
  expect(new Set(kubectl.map((words) => parseKubectl(words).context))).toEqual(
    new Set(["kwok-jakarta", "kwok-bandung"]),
  );
});

test("all cities are restored in the first one without anybody's rest, and in another one while the first one's core rests", () => {
  const core = ["statefulset/core"];
  const scaled = ({ kubectl }: Run) =>
    kubectl
      .map(parseKubectl)
      .filter(({ verb, targets }) => verb === "scale" && targets.some((target) => core.includes(target)))
      .map(({ context, options }) => [context, options.get("--replicas")]);
  const atHome = runRunbook("loss-of-all-cities.md", { HOME_CITY: "jakarta" });
  expect([atHome.status, atHome.stderr, scaled(atHome)]).toEqual([0, "", []]);
  const rests = [
    ["kwok-jakarta", "0"],
    ["kwok-jakarta", "2"],
  ];
  expect(scaled(runOf("loss-of-all-cities.md"))).toEqual(rests);
});

test("the list of runbooks has each of them", () => {
  const listed = [...runbookText("README.md").matchAll(/^\|.*\]\(([\w.-]+\.md)\)/gm)].map(([, file]) => file);
  expect(listed.sort()).toEqual([...runbookNames].sort());
});

/** Commands of the tool that programs run, and nobody else. */
const forPrograms = [
  "await-start",
  "backup",
  "bootstrap",
  "check",
  "check-certificates",
  "fill-timelines",
  "must-yield",
  "prepare-etcd",
  "reconcile",
  "rejoin",
  "verify",
];

test("every command of the tool that is for people is in a runbook", () => {
  const mentioned = new Set([
    ...runbookNames.flatMap(toolCalls).map(([command]) => command),
    // Made into a Job by hand, of the CronJob of the same name.
    ...runbookNames.flatMap((name) => runbookText(name).match(/(?<=cronjob\/)restore-drill/g) ?? []),
  ]);
  const people = Object.keys(options()).filter((command) => !forPrograms.includes(command));
  expect(people.filter((command) => !mentioned.has(command)).sort()).toEqual([]);
});

interface Command {
  line: number;
  last: number;
  word: string;
}

/** Functions that runbooks define, and the one program that tells this test of its calls. */
const words = [
  "kubectl",
  ...["README.md", ...runbookNames].flatMap((name) =>
    [...commandsOf(runbookText(name)).matchAll(/^(\w+)\(\)/gm)].map(([, word = ""]) => word),
  ),
];
/** A word where a command begins. */
const commandPattern = new RegExp(
  `(?:^\\s*|[;&|({)]\\s*|\\$\\(|\\b(?:do|then|if|else) |! )(${words.join("|")})(?= )`,
  "g",
);

/** Commands of a script by the line that they begin in, and the last one that they may end in. */
function commandsIn(script: string): Command[] {
  const lines = script.split("\n");
  return lines.flatMap((text, index) => {
    // What is between quotes is run by something else, which notes it as well.
    const bare = text.replaceAll(/'[^']*'?|^\s*#.*$/g, "''");
    const next = lines.findIndex((line, other) => other > index && line.trim() === "");
    return [...bare.matchAll(commandPattern)].map(([, word = ""]) => ({
      line: index + 1,
      last: next === -1 ? lines.length : next,
      word,
    }));
  });
}
