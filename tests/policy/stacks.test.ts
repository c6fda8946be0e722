import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "sarif";
import { parse } from "yaml";
import { captureRun, describeRun } from "../../local/check/checkedStack.js";
import { checkCommand, type JudgeStacks } from "../../local/check/command.js";
import { judgeStackBy } from "../../local/check/checkStack.js";
import { compilePack } from "../../local/check/pack.js";
import { joined } from "../../local/check/report.js";
import { localPlatform } from "../../local/platform.js";
import { renderTargets, stacksFor } from "../../local/render/city.js";
import { readStackFile } from "../../local/render/stackFile.js";
import { versions } from "../../stacks/versions.js";
import { root } from "../support/city.js";
import { broken, rulesOn } from "../support/policy/captured.js";

const platform = localPlatform({});
const judgeHere =
  (pack: string): JudgeStacks =>
  async (stacks) =>
    joined(await Promise.all(stacks.map(judgeStackBy(platform, pack))));
const runs = renderTargets.flatMap((target) =>
  stacksFor(target).flatMap((stack) => [true, false].map((preview) => ({ stack, target, preview }))),
);

test.each(runs.map((run) => [describeRun(run), run] as const))("%s: breaks no rule", async (_, run) => {
  const { resources } = await captureRun(platform, run);
  expect(broken(resources, rulesOn(run.target === "production" ? "eks" : "existing", run.stack))).toEqual({});
});

test("each stack that has a file is judged", () => {
  const files = readdirSync(root).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  expect([...new Set(runs.map(({ stack }) => stack))].sort()).toEqual(files.sort());
});

test("what the settings ask of a stack's configuration is a key that stacks have", () => {
  const { overrides } = parse(readFileSync(join(root, "policy", "settings.yaml"), "utf8")) as {
    overrides: { configuration?: Record<string, unknown> }[];
  };
  const known = stacksFor("production").flatMap((stack) => Object.keys(readStackFile(root, stack)));
  for (const key of overrides.flatMap(({ configuration }) => Object.keys(configuration ?? {})))
    expect(known).toContain(key);
});

test("no version is recorded lower than the stacks have it, so that going back shows in the settings too", () => {
  const { rules } = parse(readFileSync(join(root, "policy", "settings.yaml"), "utf8")) as {
    rules: { "version-floor": { parameters: { kubernetes: string; images: Record<string, string> } } };
  };
  const { kubernetes, images } = rules["version-floor"].parameters;
  expect(kubernetes).toBe(versions.kubernetes);
  for (const [repository, floor] of Object.entries(images))
    expect([repository, floor]).toEqual([
      repository,
      versions.images[repository.split("/").at(-1) as keyof typeof versions.images],
    ]);
});

test("make check writes what it found for people, programs and code hosts", async () => {
  const out = mkdtempSync(join(tmpdir(), "check-"));
  const pack = join(out, "policy.cjs");
  try {
    await compilePack(root, pack);
    const { text, isClean } = await checkCommand({ stack: "bandung", target: "local", out }, judgeHere(pack));
    expect(isClean).toBe(true);
    expect(text).toMatch(/✔ Nothing stops a deployment: \d+ resources in 2 runs/);
    expect(readFileSync(join(out, "check.txt"), "utf8")).toBe(`${text}\n`);
    expect(JSON.parse(readFileSync(join(out, "check.json"), "utf8"))).toMatchObject({
      runs: [{ run: "bandung, local, preview" }, { run: "bandung, local, update" }],
    });
    const { runs: sarif } = JSON.parse(readFileSync(join(out, "check.sarif"), "utf8")) as Log;
    expect(sarif[0]?.results?.map(({ ruleId, level }) => [ruleId, level])).toEqual([["waivers-in-use", "note"]]);
  } finally {
    rmSync(out, { recursive: true });
  }
}, 300_000);

test.each([
  [{ stack: "jakart", target: undefined }, /"jakart" is no stack; did you mean "jakarta"\?/],
  [{ stack: undefined, target: "prod" }, /TARGET is "prod"/],
])("refuses %p", async (args, message) => {
  await expect(
    checkCommand({ ...args, out: undefined }, () => Promise.reject(new Error("nothing is to be judged"))),
  ).rejects.toThrow(message);
});
