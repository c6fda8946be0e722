import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureRun } from "../check/checkedStack.js";
import { UserError } from "../errors.js";
import { tool, type Platform } from "../platform.js";
import { renderTargets, stacksFor } from "../render/city.js";
import { manifestsOf } from "../render/manifests.js";
import { redactSecrets } from "../render/secrets.js";
import { buildKubeconform } from "../tools.js";
import { readYaml } from "../yaml.js";
import { checkov, installCheckov } from "./checkov.js";
import { parseExceptions, verdictOn, type Verdict } from "./exceptions.js";
import { checkers, mergedFindings, type Finding } from "./finding.js";
import { customSchemas } from "./customSchemas.js";
import { kubeconform } from "./kubeconform.js";
import { kubernetesSchemas, releases } from "./kubernetesSchemas.js";
import { writeRenders, type Render, type RenderedObject } from "./renders.js";

/** File with the findings that are no faults here. */
export const exceptionsFile = join("policy", "checkers.yaml");

/** Where progress goes: what a command prints in the end may be read by a program. */
const progress = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/**
 * Holds what every stack renders against checkers that know nothing of this project.
 * @returns what to print.
 * @throws UserError for faults, for exceptions that except nothing, and for a checker that can't be had.
 */
export async function manifestsCommand(platform: Platform): Promise<string> {
  const exceptions = parseExceptions(exceptionsFile, readYaml(join(platform.project, exceptionsFile)));
  // Not below .local: checkov passes over directories that are hidden.
  const directory = mkdtempSync(join(tmpdir(), "manifests-"));
  try {
    const objects = writeRenders(directory, await rendersOf(platform));
    const findings = await byKubeconform(platform, directory, objects);
    const program = await installCheckov(platform, progress);
    if (program === undefined) reportNoPython();
    else findings.push(...(await checkov(program, directory, objects)));
    const ran = checkers.filter((checker) => checker !== "checkov" || program !== undefined);
    const verdict = verdictOn(mergedFindings(findings), exceptions, ran);
    if (verdict.faults.length + verdict.unmatched.length > 0) throw refusal(verdict);
    return `✔ ${ran.join(" and ")} find nothing in ${objects.length} objects but what ${exceptionsFile} excepts (${verdict.excepted}).`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function rendersOf(platform: Platform): Promise<Render[]> {
  const renders: Render[] = [];
  for (const target of renderTargets)
    for (const stack of stacksFor(target)) {
      const captured = await captureRun(platform, { stack, target, preview: false });
      renders.push({ name: `${stack}, ${target}`, manifests: manifestsOf(captured, redactSecrets) });
    }
  return renders;
}

async function byKubeconform(
  platform: Platform,
  directory: string,
  objects: readonly RenderedObject[],
): Promise<Finding[]> {
  await buildKubeconform(platform, progress);
  const findings: Finding[] = [];
  const custom = await customSchemas(platform);
  for (const release of releases) {
    const schemas = [await kubernetesSchemas(platform, release), ...custom];
    const program = tool(platform, "kubeconform");
    findings.push(...(await kubeconform({ program, directory, objects, schemas, version: release.version })));
  }
  return findings;
}

/** Where nobody looks, as in CI, a checker that is left out would be missed by nobody. */
function reportNoPython(): void {
  const what = "checkov is left out: there is no Python 3.11 or newer with venv and pip on PATH";
  const remedy = "install it, in Debian by: apt-get install python3 python3-venv";
  if ((process.env.CI ?? "") !== "") throw new UserError(what, remedy);
  progress(`\n⚠ ${what}\n  → ${remedy}\n`);
}

function refusal({ faults, unmatched }: Verdict): UserError {
  return new UserError(
    `${faults.length} findings in the manifests, and ${unmatched.length} exceptions without any`,
    `mend what is found; what is no fault goes into ${exceptionsFile} with its reason, and what excepts nothing goes out`,
    [
      ...faults.map(
        ({ checker, check, resource, message, foundIn }) =>
          `${checker} ${check}: ${resource}: ${message}  [${foundIn.join("; ")}]`,
      ),
      ...unmatched.map((each) => `${exceptionsFile} excepts nothing with ${each}`),
    ],
  );
}
