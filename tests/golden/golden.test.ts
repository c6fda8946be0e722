import { existsSync, readFileSync } from "node:fs";
import { localPlatform } from "../../local/platform.js";
import { canonical, toJson } from "../../local/render/canonical.js";
import type { CapturedStack } from "../../local/render/capture.js";
import { globalStack, renderStack, renderTargets, stacksFor, type RenderTarget } from "../../local/render/city.js";
import { isKubernetesObject } from "../../local/render/manifests.js";
import { withoutStacks } from "../support/withoutStacks.js";
import { goldenFile } from "../../local/renderCommand.js";

const platform = localPlatform({});
const rendering = (stack: string, target: RenderTarget) => withoutStacks(() => renderStack(platform, stack, target));
const stacks = new Map<string, CapturedStack>();
const cases = renderTargets.flatMap((target) => stacksFor(target).map((city) => ({ city, target })));

beforeAll(async () => {
  for (const { city, target } of cases) stacks.set(`${city} ${target}`, await rendering(city, target));
}, 240_000);

const stackFor = (city: string, target: RenderTarget): CapturedStack => {
  const stack = stacks.get(`${city} ${target}`);
  if (!stack) throw new Error(`${city} was not rendered for ${target}`);
  return stack;
};

describe.each(cases)("stack $city, $target", ({ city, target }) => {
  const stackOf = (name: string): CapturedStack => stackFor(name, target);

  test('registers what its golden file says; after a wanted change run "make golden" and review the difference', () => {
    const file = goldenFile(platform, city, target);
    expect(existsSync(file)).toBe(true);
    const actual: unknown = JSON.parse(toJson(canonical(stackOf(city))));
    expect(actual).toEqual(JSON.parse(readFileSync(file, "utf8")));
  });

  test("registers the same a second time", async () => {
    const again = await rendering(city, target);
    expect(toJson(canonical(again))).toBe(toJson(canonical(stackOf(city))));
  });

  test("has unique URNs", () => {
    const urns = stackOf(city).resources.map(({ urn }) => urn);
    expect(new Set(urns).size).toBe(urns.length);
    expect(urns.length).toBeGreaterThan(50);
  });

  test("gives every custom resource an explicit provider, and Kubernetes objects that of the city's cluster", () => {
    const custom = stackOf(city).resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
    expect(custom.filter(({ provider }) => provider === undefined).map(({ urn }) => urn)).toEqual([]);
    const kubernetes = custom.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(new Set(kubernetes.map(({ provider }) => provider?.split("::").at(-1)))).toEqual(
      new Set(city === globalStack ? [] : ["cluster-provider"]),
    );
  });

  test("gives its Kubernetes provider a static cluster identifier", () => {
    if (city === globalStack) return;
    const provider = stackOf(city).resources.find(({ type }) => type === "pulumi:providers:kubernetes");
    expect(provider?.inputs).toMatchObject({ clusterIdentifier: `nusantara-${city}` });
  });

  test("reads only stacks that are created before it", () => {
    const order = stacksFor("production");
    const read = stackOf(city)
      .resources.filter(({ type }) => type === "pulumi:pulumi:StackReference")
      .map(({ inputs }) => String(inputs.name).split("/").at(-1) ?? "");
    for (const other of read) expect(order.indexOf(other)).toBeLessThan(order.indexOf(city));
    expect(order.filter((other) => read.includes(other))).toHaveLength(read.length);
  });

  test("names every Kubernetes object itself, so that kubectl and the engine agree on it", () => {
    const objects = stackOf(city).resources.filter(isKubernetesObject);
    const names = objects.map(({ inputs }) => (inputs.metadata as { name?: string }).name);
    expect(names.filter((name) => name === undefined)).toEqual([]);
  });

  test("shows no secret in its golden file", () => {
    const text = readFileSync(goldenFile(platform, city, target), "utf8");
    expect(text).not.toMatch(/BEGIN [A-Z ]*(PRIVATE KEY|CERTIFICATE)/);
    const secrets = (
      JSON.parse(text) as { resources: { type: string; inputs: { data?: Record<string, string> } }[] }
    ).resources
      .filter(({ type }) => type === "kubernetes:core/v1:Secret")
      .flatMap(({ inputs }) => Object.values(inputs.data ?? {}));
    expect(secrets.length > 0).toBe(city !== globalStack);
    expect(secrets.filter((secret) => secret !== "[secret]")).toEqual([]);
  });
});
