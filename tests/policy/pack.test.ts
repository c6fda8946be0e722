import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PolicySeverity, type AnalyzerInfo } from "@pulumi/pulumi/proto/analyzer_pb";
import { Analyzer, type AnalyzedStack } from "../../local/check/analyzer.js";
import { judgeStack, outputsAfterUpdate, outputsOfFirstPreview } from "../../local/check/judgeStack.js";
import { compiledPack, compilePack, packSources } from "../../local/check/pack.js";
import type { CapturedResource } from "../../local/render/capture.js";
import { rules } from "../../policy/rules/index.js";
import { mark, renderMarked } from "../support/database.js";
import { root } from "../support/city.js";
import { broken } from "../support/policy/captured.js";

const stack: AnalyzedStack = {
  project: "nusantara",
  stack: "jakarta",
  config: { "nusantara:cluster": JSON.stringify({ kind: "existing" }) },
};
const directory = mkdtempSync(join(tmpdir(), "policy-"));
const program = join(directory, "policy.cjs");
let analyzer: Analyzer;
let jakarta: CapturedResource[];

beforeAll(async () => {
  await compilePack(root, program);
  [analyzer, jakarta] = await Promise.all([
    Analyzer.start(root, compiledPack(program), stack),
    renderMarked("jakarta").then(({ resources }) => resources),
  ]);
  await analyzer.begin(true);
}, 300_000);

afterAll(() => {
  analyzer.stop();
  rmSync(directory, { recursive: true });
});

/** What keeps a pod or an object in bounds. */
const bounds = new Set([
  ..."affinity automountServiceAccountToken labels limits livenessProbe namespace persistentVolumeClaimRetentionPolicy".split(
    " ",
  ),
  ..."readinessProbe requests securityContext serviceAccountName startupProbe tls topologySpreadConstraints".split(" "),
]);

/** Inputs without any bounds. */
const stripped = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !bounds.has(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, stripped(item)]));
};

/** Sentinel of a text that is not known: `sdk/nodejs/runtime/rpc.ts`, `unknownValue`. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const judged = (resources: readonly CapturedResource[], outputs = outputsAfterUpdate) =>
  judgeStack(analyzer, { resources: [...resources] }, outputs, "test");
const mandatory = async (...given: Parameters<typeof judged>) =>
  (await judged(...given)).filter(({ isMandatory }) => isMandatory).map(({ rule }) => rule);
const without = (type: string) => jakarta.filter((resource) => !resource.type.endsWith(type));
const changed = (name: string, inputs: (before: CapturedResource["inputs"]) => Record<string, unknown>) =>
  jakarta.map((resource) => (resource.name === name ? { ...resource, inputs: inputs(resource.inputs) } : resource));

test("a real stack passes, in an update and in the first preview of its cluster, and lists the waivers in use", async () => {
  const violations = await judged(jakarta);
  expect(violations.filter(({ isMandatory }) => isMandatory)).toEqual([]);
  expect(violations.map(({ rule }) => rule)).toEqual(["waivers-in-use"]);
  expect(await mandatory(jakarta, outputsOfFirstPreview)).toEqual([]);
});

test("a budget that is missing is found though the engine shows no outputs at the end", async () => {
  const names = await mandatory(without(":PodDisruptionBudget"), outputsOfFirstPreview);
  expect(new Set(names)).toEqual(new Set(["disruption-budget-present"]));
  expect(names).toHaveLength(8);
});

test("a value that is not known stops the deployment, for a resource and for the stack, and hides nothing else", async () => {
  const storage = changed("database-storage-class", (inputs) => ({ ...inputs, reclaimPolicy: unknownText }));
  expect(await mandatory(storage)).toEqual(["storage-class-retain"]);
  const budgets = changed("database-core-disruption-budget", (inputs) => ({ ...inputs, spec: unknownText }));
  expect(await mandatory(budgets.filter(({ name }) => name !== "database-etcd-stateful-set"))).toEqual(
    expect.arrayContaining(["disruption-budget-satisfiable", "disruption-budget-selects", "disruption-budget-present"]),
  );
});

test("the process says what each rule finds, under its own name, of each resource", async () => {
  const bare = jakarta
    .filter(({ type }) => !/:(NetworkPolicy|PodDisruptionBudget|StorageClass)$/.test(type))
    .map((resource) =>
      resource.type.startsWith("kubernetes:")
        ? { ...resource, inputs: stripped(resource.inputs) as Record<string, unknown> }
        : resource,
    );
  const expected = broken(bare);
  expect(Object.keys(expected).length).toBeGreaterThan(15);
  const violations = (await judged(bare)).filter(({ rule }) => rules.some(({ name }) => name === rule));
  const found: Record<string, string[]> = {};
  for (const { rule, urn } of violations) (found[rule] ??= []).push(urn.split("::").at(-1) ?? "");
  const sorted = (byRule: Record<string, string[]>) =>
    Object.fromEntries(Object.entries(byRule).map(([rule, names]) => [rule, [...names].sort()]));
  expect(sorted(found)).toEqual(sorted(expected));
});

test("nothing passes when the engine is told to leave out what judges resources", async () => {
  const blind = await Analyzer.start(root, compiledPack(program), stack);
  try {
    await blind.begin(true);
    await blind.disable("registered-inputs");
    await expect(judgeStack(blind, { resources: jakarta }, outputsAfterUpdate, "test")).rejects.toThrow(
      /registered-inputs/,
    );
  } finally {
    blind.stop();
  }
});

test("no message tells a secret, whatever is wrong", async () => {
  const bare = jakarta.map((resource) =>
    resource.type === "kubernetes:core/v1:Secret" ? { ...resource, type: "kubernetes:core/v1:ConfigMap" } : resource,
  );
  const violations = await judged(bare);
  expect(violations.filter(({ isMandatory }) => isMandatory).length).toBeGreaterThan(0);
  expect(JSON.stringify(violations)).not.toContain(mark);
});

test("the pack describes every rule, each once", async () => {
  const info: AnalyzerInfo = await analyzer.info();
  const policies = info.getPoliciesList();
  const names = policies.map((policy) => policy.getName());
  expect(names).toEqual(expect.arrayContaining(rules.map(({ name }) => name)));
  expect(new Set(names).size).toBe(names.length);
  const described = policies.filter((policy) => rules.some(({ name }) => name === policy.getName()));
  for (const policy of described) {
    expect(policy.getUrl()).toBe(`docs/policy-rules.md#${policy.getName()}`);
    expect(policy.getRemediationSteps()).not.toBe("");
    expect(policy.getSeverity()).not.toBe(PolicySeverity.POLICY_SEVERITY_UNSPECIFIED);
  }
});

test.each([
  ["an unknown rule", "settings.yaml", "rules: { anti-afinity: {} }", /no rule "anti-afinity"/],
  ["an unknown parameter", "settings.yaml", "rules: { zone-spread: { parameters: { zones: 2 } } }", /zone-spread/],
  ["a level without a reason", "settings.yaml", "rules: { zone-spread: { level: disabled } }", /reason/],
  [
    "a waiver without a reason",
    "waivers.yaml",
    "[{ rule: zone-spread, resources: '*::*', owner: me, expires: 2027-01-01 }]",
    /reason/,
  ],
  ["a file that is no YAML", "waivers.yaml", "[", /./],
])("does not start with %s", async (_, file, content, message) => {
  const copy = mkdtempSync(join(directory, "root-"));
  mkdirSync(join(copy, "policy"));
  for (const name of ["package.json", "settings.yaml", "waivers.yaml"])
    cpSync(join(root, "policy", name), join(copy, "policy", name));
  writeFileSync(join(copy, "policy", file), content);
  await expect(Analyzer.start(copy, compiledPack(program), stack)).rejects.toMatchObject({
    explanation: expect.stringMatching(message) as unknown,
  });
});

test("the pack starts from its sources too, as the engine has it, and is the same one", async () => {
  const fromSources = await Analyzer.start(root, packSources(root), stack);
  try {
    const [compiled, source] = await Promise.all([analyzer.info(), fromSources.info()]);
    expect(source.toObject()).toEqual(compiled.toObject());
  } finally {
    fromSources.stop();
  }
}, 120_000);
