import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "sarif";
import { allTargets, captureRun, describeRun } from "../../local/check/checkedStack.js";
import { checkCommand } from "../../local/check/command.js";
import { localPlatform } from "../../local/platform.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { root } from "../support/city.js";
import { broken, rulesOn } from "../support/policy/captured.js";

const platform = localPlatform({});
const runs = cityNames(nusantara).flatMap((stack) =>
  allTargets.flatMap((target) => [true, false].map((preview) => ({ stack, target, preview }))),
);

test.each(runs.map((run) => [describeRun(run), run] as const))("%s: breaks no rule", async (_, run) => {
  const { resources } = await captureRun(platform, run);
  expect(broken(resources, rulesOn("existing", run.stack))).toEqual({});
});

test("each stack is judged, and each name in the settings and waivers is one of theirs", () => {
  for (const stack of cityNames(nusantara)) expect(existsSync(join(root, `Pulumi.${stack}.yaml`))).toBe(true);
  const files = ["settings.yaml", "waivers.yaml"].map((file) => readFileSync(join(root, "policy", file), "utf8"));
  const named = files
    .flatMap((text) => [...text.matchAll(/stacks: \[(.*)\]/g)])
    .flatMap(([, names = ""]) => names.split(", "));
  for (const name of named) expect(cityNames(nusantara)).toContain(name);
});

test("make check writes what it found for people, programs and code hosts", async () => {
  const out = mkdtempSync(join(tmpdir(), "check-"));
  try {
    const { text, isClean } = await checkCommand(platform, { stack: "bandung", target: "local", out });
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
  await expect(checkCommand(platform, { ...args, out: undefined })).rejects.toThrow(message);
});
