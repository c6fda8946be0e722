import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandsOf, runbooks } from "../../local/drills/runbooks.js";
import { root } from "./city.js";

const directory = runbooks(root);
const image = join(root, "images", "postgres");

/** Names of the runbooks' files; README.md holds what all of them need in the shell first. */
export const runbookNames = readdirSync(directory).filter((name) => name.endsWith(".md") && name !== "README.md");

export const runbookText = (name: string): string => readFileSync(join(directory, name), "utf8");

/** What a person would decide in the middle of a runbook: all that can be done is done. */
const decisions = {
  AWAY: "surabaya",
  BACK: "surabaya",
  CANDIDATE: "bandung-core-0",
  DAMAGED: "20261120-190003F",
  FOREIGN_KEYS: "/drill/",
  HOME_CITY: "bandung",
  LAST_PRIMARY: "jakarta-core-0",
  LOST: "bandung surabaya",
  NEW_SIZE: "600Gi",
  OLDEST: "drill.precious",
  PID: "4711",
};

/** Variables that a runbook gives the default `no`, so that a step is left out unless somebody wants it. */
const switches = (text: string): string[] => [...text.matchAll(/\$\{(\w+):=no\}/g)].map((match) => match[1] ?? "");

export interface Run {
  /** Words of each call of kubectl. */
  kubectl: string[][];
  status: number | null;
  stderr: string;
  /** First words of the commands that were run, by the line of the runbook. */
  ran: Map<number, Set<string>>;
}

/**
 * How members ended: state, timeline of the last checkpoint, timeline of the recovery's least end, and when that was
 * written, 900 by default; the hold is of 1000.
 */
export type Ends = Readonly<Record<string, readonly [string, number, number, number?]>>;

const healthyEnds: Ends = Object.fromEntries(
  ["jakarta", "bandung", "surabaya"]
    .flatMap((city) => [`${city}-core-0`, `${city}-core-1`])
    .map((member) => [member, [member === "jakarta-core-0" ? "shut down" : "shut down in recovery", 3, 0]]),
);

/**
 * Runs all blocks of a runbook in one shell, with a stand-in for kubectl.
 * @param values of variables, in place of those that do all that can be done.
 * @param ends what control files say.
 */
export function runRunbook(name: string, values: Readonly<Record<string, string>> = {}, ends = healthyEnds): Run {
  const place = mkdtempSync(join(tmpdir(), "runbook-"));
  try {
    return runIn(place, name, values, ends);
  } finally {
    rmSync(place, { recursive: true });
  }
}

function runIn(place: string, name: string, values: Readonly<Record<string, string>>, ends: Ends): Run {
  const file = (path: string, content = "", mode = 0o644): string => {
    const full = join(place, path);
    writeFileSync(full, content);
    chmodSync(full, mode);
    return full;
  };
  const programs = join(place, "bin");
  mkdirSync(programs);
  copyFileSync(join(__dirname, "runbooks", "kubectl"), join(programs, "kubectl"));
  for (const quiet of ["sleep", "make"]) file(join("bin", quiet), "#!/bin/sh\n", 0o755);
  const text = runbookText(name);
  const script = file("runbook.sh", commandsOf(text));
  const calls = file("calls");
  const trace = file("trace");
  // Bash takes PS4 from no environment when it is root. The tabs stand before the place, as the first character is repeated.
  const run = `exec 9>"$TRACE"; BASH_XTRACEFD=9; PS4='+\t\${BASH_SOURCE[0]-}\t\${LINENO}\t'; . "$1"; set -x; . "$2"`;
  const first = file("first.sh", commandsOf(runbookText("README.md")));
  const { status, stderr } = spawnSync("bash", ["--norc", "-c", run, "bash", first, script], {
    encoding: "utf8",
    // Logs that runbooks show have every message of the image here.
    stdio: ["pipe", "ignore", "pipe"],
    // A runbook waits minutes for something; here nothing lets it wait.
    timeout: 60_000,
    env: {
      ...Object.fromEntries<string>([
        ...switches(text).map((key) => [key, "yes"] as const),
        ...Object.entries({ ...decisions, ...values }),
      ]),
      PATH: `${programs}:${process.env.PATH ?? ""}`,
      CALLS: calls,
      TRACE: trace,
      MESSAGES: file("messages", messages()),
      HEALTH: file("health", healthy()),
      ENDS: file(
        "ends",
        Object.entries(ends)
          .map((line) => `${line.flat().join("|")}\n`)
          .join(""),
      ),
    },
  });
  return {
    status,
    stderr,
    kubectl: callsIn(readFileSync(calls, "utf8")),
    ran: ranIn(readFileSync(trace, "utf8"), script),
  };
}

const callsIn = (text: string): string[][] =>
  text
    .split("\x1e")
    .filter((call) => call !== "")
    .map((call) => call.split("\x1f").slice(0, -1));

function ranIn(trace: string, script: string): Map<number, Set<string>> {
  const ran = new Map<number, Set<string>>();
  for (const line of trace.split("\n")) {
    const [, source, number, command = ""] = line.split("\t");
    if (source !== script) continue;
    const words = ran.get(Number(number)) ?? new Set<string>();
    words.add(command.split(" ")[0] ?? "");
    ran.set(Number(number), words);
  }
  return ran;
}

/** All text that programs of the image can log. */
const messages = (): string =>
  ["database", "bin"]
    .flatMap((folder) => readdirSync(join(image, folder), { withFileTypes: true }).map((entry) => ({ folder, entry })))
    .filter(({ entry }) => entry.isFile())
    .map(({ folder, entry }) => readFileSync(join(image, folder, entry.name), "utf8"))
    .join("\n");

/** Runs Python that knows the modules of the tool. @throws Error with what it complained of */
export function withTool(program: string, input: unknown = null): string {
  const { status, stdout, stderr } = spawnSync("python3", ["-B", "-c", program], {
    cwd: image,
    encoding: "utf8",
    input: JSON.stringify(input),
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** What `database … health --json` prints, as far as runbooks read it; the stand-in for kubectl puts in who leads. */
const healthy = (): string =>
  withTool('from database.output import say_json; say_json({"health": "healthy", "leader": "LEADER", "members": {}})');
