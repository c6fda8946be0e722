import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { lastLines, UserError } from "../errors.js";
import type { Platform } from "../platform.js";
import { run } from "../process.js";
import type { Finding } from "./finding.js";
import type { RenderedObject } from "./renders.js";

/** The oldest Python that `requirements.txt` was resolved for. */
const oldest = [3, 11] as const;
const candidates = ["python3", "python3.13", "python3.12", "python3.11"];

const requirements = (root: string): string => join(root, "local", "manifests", "checkov", "requirements.txt");

/**
 * Installs checkov with everything that it needs, each pinned by hash, into a directory of its own below the tools.
 * @returns path of the program, or undefined where there is no Python that can run it.
 * @throws UserError when the installation fails.
 */
export async function installCheckov(
  platform: Platform,
  progress: (message: string) => void,
): Promise<string | undefined> {
  const directory = join(platform.tools, "checkov");
  const program = join(directory, "bin", "checkov");
  const stamp = join(directory, "installed.sha256");
  const wanted = createHash("sha256")
    .update(readFileSync(requirements(platform.root)))
    .digest("hex");
  if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return program;
  const python = await findPython();
  if (python === undefined) return undefined;
  progress("checkov: installing, which takes half a minute");
  rmSync(directory, { recursive: true, force: true });
  await must(python, ["-m", "venv", directory], "make a virtual environment for checkov");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
  const pinned = ["--require-hashes", "--only-binary", ":all:", "--requirement", requirements(platform.root)];
  await must(join(directory, "bin", "python"), [...pip, ...pinned], "install checkov");
  writeFileSync(stamp, wanted);
  return program;
}

async function findPython(): Promise<string | undefined> {
  const isUsable = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${oldest.join(", ")}))`;
  for (const python of candidates) if ((await run(python, ["-c", isUsable])).exitCode === 0) return python;
  return undefined;
}

async function must(file: string, args: readonly string[], what: string): Promise<void> {
  const { exitCode, output } = await run(file, args);
  if (exitCode !== 0) throw new UserError(`can't ${what}`, "mend what it says, and run it again", lastLines(output, 5));
}

const record = z.object({ check_id: z.string(), check_name: z.string(), file_path: z.string() });

/** What checkov writes with `--output json`; where it finds nothing to judge, only a summary. */
const output = z.object({
  results: z
    .object({ passed_checks: z.array(record), failed_checks: z.array(record), parsing_errors: z.array(z.string()) })
    .optional(),
});

/**
 * Judges the files by checkov's rules for Kubernetes. It passes in silence what it can't read, so what it has nothing to
 * say of is a finding too: `unchecked`.
 * @throws UserError when the program can't be understood.
 */
export async function checkov(
  program: string,
  directory: string,
  objects: readonly RenderedObject[],
): Promise<Finding[]> {
  const { stdout, stderr } = await run(
    program,
    [
      "--directory",
      directory,
      "--framework",
      "kubernetes",
      "--compact",
      "--skip-download",
      "--soft-fail",
      "--output",
      "json",
    ],
    { env: { LOG_LEVEL: "ERROR" } },
  );
  const { passed_checks: passed = [], failed_checks: failed = [], parsing_errors: unread = [] } = parse(stdout, stderr);
  const of = (file: string, records: readonly z.output<typeof record>[]) =>
    records.filter(({ file_path }) => file_path === `/${file}`);
  return objects.flatMap(({ file, kind, resource, render }) => {
    const finding = (check: string, message: string): Finding => ({
      checker: "checkov",
      check,
      resource,
      message,
      foundIn: [render],
    });
    if (unread.some((each) => each.endsWith(file))) return [finding("unreadable", "it can't read the file")];
    const faults = of(file, failed);
    if (faults.length + of(file, passed).length === 0) return [finding("unchecked", `it checks nothing of a ${kind}`)];
    return faults.map(({ check_id: id, check_name: name }) => finding(id, name));
  });
}

function parse(stdout: string, stderr: string): Partial<NonNullable<z.output<typeof output>["results"]>> {
  try {
    return output.parse(JSON.parse(stdout)).results ?? {};
  } catch {
    throw new UserError("checkov did not say what it found", "look at its own words", lastLines(stderr || stdout, 5));
  }
}
