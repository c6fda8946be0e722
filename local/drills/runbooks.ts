import { readFileSync } from "node:fs";
import { join } from "node:path";
import { restoreTools } from "../../components/postgres/layout.js";
import { lastLines, UserError, wordsOf } from "../errors.js";
import { kubeCache, mergedKubeconfig, type Platform } from "../platform.js";
import { run } from "../process.js";
import { kubectl } from "./tier.js";

/** Directory of the database's runbooks. */
export const runbooks = (root: string): string => join(root, "docs", "runbooks", "database");

/** What every runbook needs in the shell first. */
const preamble = "README";

/**
 * The commands of a runbook: what stands in its `sh` blocks, each line where it is in the file and every other line
 * empty, so that the shell names the right ones in its errors.
 * @param sections headings of the second level whose blocks count; all by default. What comes before the first such
 *   heading always counts: it sets what the others use.
 * @throws Error when there is no such section.
 */
export function commandsOf(markdown: string, sections?: readonly string[]): string {
  const lines = markdown.split("\n");
  const missing = sections?.find((section) => !lines.includes(`## ${section}`));
  if (missing !== undefined) throw new Error(`there is no section "${missing}"`);
  let section: string | undefined;
  let isCommand = false;
  return lines
    .map((line) => {
      if (!isCommand && line.startsWith("## ")) section = line.slice(3);
      const isFence = line.startsWith("```");
      if (isFence) isCommand = !isCommand && line === "```sh";
      const counts = section === undefined || sections === undefined || sections.includes(section);
      return isCommand && !isFence && counts ? line : "";
    })
    .join("\n");
}

export interface RunbookArgs {
  /** File name without its ending, e.g. `replace-member`. */
  name: string;
  sections?: readonly string[];
  /** Values of the variables at the top of the runbook. */
  values: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** Told each line that the commands print. */
  say?: (line: string) => void;
}

/** Minutes that all commands of a runbook may take together. */
const patience = 30;

/**
 * Takes back what a runbook that was broken off may have left: volumes that are held, and a pod that people restore in.
 */
export async function abandonRunbook(platform: Platform, cities: readonly string[]): Promise<void> {
  const failures: string[] = [];
  // Any member can: those of a city may be what was taken away. One after the other, as an order that arrives late would end
  // the next hold.
  for (const city of cities) {
    try {
      await kubectl(platform, city, ["exec", "core-0", "--container=postgres", "--", "database", "release"]);
      break;
    } catch (error) {
      failures.push(wordsOf(error));
    }
  }
  if (failures.length === cities.length)
    throw new UserError("no member can end the hold", "database CITY release, once one runs", failures);
  for (const city of cities) await kubectl(platform, city, ["scale", `deployment/${restoreTools}`, "--replicas=0"]);
}

/**
 * Does what a runbook says, in one shell, as somebody would who copies its commands.
 * @returns what the commands printed.
 * @throws UserError with the last lines when one of them fails.
 */
export async function followRunbook(platform: Platform, args: RunbookArgs): Promise<string> {
  const { name, sections, values, signal } = args;
  const read = (file: string) => readFileSync(join(runbooks(platform.root), `${file}.md`), "utf8");
  // Bash alone would be ended without the command that it waits for; timeout ends all of them, at its own end as well.
  const shell = ["--kill-after=10", `${patience}m`, "bash", "-c", 'eval "$PREAMBLE"; eval "$RUNBOOK"'];
  const { exitCode, output } = await run("timeout", shell, {
    env: {
      ...values,
      PREAMBLE: commandsOf(read(preamble)),
      RUNBOOK: commandsOf(read(name), sections),
      PATH: `${join(platform.tools, "bin")}:${process.env.PATH ?? ""}`,
      KUBECONFIG: mergedKubeconfig(platform),
      KUBECACHEDIR: kubeCache(platform),
    },
    signal,
    onLine: (line) => args.say?.(line),
  });
  signal.throwIfAborted();
  if (exitCode === 0) return output;
  throw new UserError(
    `the runbook ${name} failed`,
    `look into docs/runbooks/database/${name}.md`,
    lastLines(output, 6),
  );
}
