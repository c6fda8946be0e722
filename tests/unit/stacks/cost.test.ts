import { costLines, sumOf, type CostLine } from "../../../local/cost/lines.js";
import { readPriceList } from "../../../local/cost/priceList.js";
import { billed, free } from "../../../local/cost/rules.js";
import { localPlatform } from "../../../local/platform.js";
import type { CapturedStack } from "../../../local/render/capture.js";
import { globalStack, renderStack, stacksFor } from "../../../local/render/city.js";
import { renderCommand } from "../../../local/renderCommand.js";
import { costTags } from "../../../stacks/cloudNames.js";
import { isTaggable, ofAws, ofType } from "../../support/aws.js";
import { withoutStacks } from "../../support/withoutStacks.js";

const platform = localPlatform({});
const list = readPriceList();
const names = stacksFor("production");
const stacks = new Map<string, CapturedStack>();
const stackOf = (name: string): CapturedStack => {
  const stack = stacks.get(name);
  if (stack === undefined) throw new Error(`${name} was not rendered`);
  return stack;
};
const linesOf = (name: string): CostLine[] => costLines(stackOf(name), list);

beforeAll(async () => {
  for (const name of names) stacks.set(name, await withoutStacks(() => renderStack(platform, name, "production")));
}, 240_000);

describe("what production costs", () => {
  const typesOf = () => new Set(names.flatMap((name) => ofAws(stackOf(name).resources).map(({ type }) => type)));

  test("counts every type of resource once: as billed, or as free", () => {
    const counted = [...Object.keys(billed), ...free];
    expect([...typesOf()].filter((type) => !counted.includes(type))).toEqual([]);
    expect(counted.filter((type, index) => counted.indexOf(type) !== index)).toEqual([]);
  });

  test("counts nothing that no stack registers any more", () => {
    expect([...Object.keys(billed), ...free].filter((type) => !typesOf().has(type))).toEqual([]);
  });

  test("has an amount for every line: a new bucket or log needs an assumption in the list", () => {
    const lines = names.flatMap(linesOf);
    expect(lines.filter(({ amount }) => amount === undefined).map(({ price }) => price)).toEqual([]);
  });

  test("has a price for every line, but for what the list says that none was found for", () => {
    const unknown = names.flatMap(linesOf).filter(({ rate }) => rate === undefined);
    expect(new Set(unknown.map(({ price }) => price))).toEqual(new Set(["traffic to the Internet"]));
    expect(list.prices["traffic to the Internet"]?.rates).toEqual([]);
  });

  test("has the prices of nodes and volumes, which are the most of it, from the region itself", () => {
    const own = names.flatMap(linesOf).filter(({ price }) => /^(instance|gp3)/.test(price));
    expect(own.filter(({ rate, region }) => rate?.region !== region)).toEqual([]);
    expect(sumOf(own).cost).toBeGreaterThan(0.8 * sumOf(names.flatMap(linesOf)).cost);
  });

  test("has no price and no assumption that nothing uses", () => {
    const lines = names.flatMap(linesOf);
    // Cities that are moved to regions of their own pay this.
    const elsewhere = ["traffic between regions"];
    const used = new Set([...lines.map(({ price }) => price), ...elsewhere]);
    expect(Object.keys(list.prices).filter((price) => !used.has(price))).toEqual([]);
    expect(Object.keys(list.buckets).filter((name) => !lines.some(({ component }) => component === name))).toEqual([]);
    const rates = Object.values(list.prices).flatMap((price) => price.rates.map(({ source }) => source));
    expect(Object.keys(list.sources).filter((source) => !rates.includes(source))).toEqual([]);
  });

  test("counts the nodes, volumes and gateways of a city", () => {
    const amountOf = (price: string, component: string): number =>
      linesOf("jakarta")
        .filter((line) => line.price === price && line.component === component)
        .reduce((sum, { amount }) => sum + (amount ?? NaN), 0);
    expect(amountOf("instance c7i.16xlarge", "cluster-database")).toBe(3 * 730);
    expect(amountOf("instance c7i.2xlarge", "cluster-general")).toBe(3 * 730);
    expect(amountOf("gp3 storage", "database-core")).toBe(2 * 500);
    expect(amountOf("gp3 storage", "database-reporting")).toBe(2 * 500);
    expect(amountOf("NAT gateway", "network")).toBe(3 * 730);
    expect(amountOf("EKS control plane", "cluster")).toBe(730);
  });
});

describe("make render", () => {
  const render = (stack: string, target = "") =>
    withoutStacks(() => renderCommand(platform, { stack, target, out: undefined }));

  test("prints the cost of a stack of production, and none of a local city, which AWS does not see", async () => {
    expect(await render(globalStack)).toContain(`Cost of global a month at list prices of ${list.date}`);
    expect(await render("jakarta", "local")).not.toContain("Cost");
  });

  test("prints all of production where no stack is named, and refuses to where that can't be meant", async () => {
    const text = await render("");
    for (const name of names) expect(text).toContain(`${name}: ${stackOf(name).resources.length} resources`);
    expect(text).toContain("Cost a month by component and stack");
    await expect(render("", "local")).rejects.toThrow("no stack is named");
  });
});

describe.each(names)("the cost tags of %s", (name) => {
  const tags = costTags(name === globalStack ? "all" : name);

  test("are on everything that can have tags", () => {
    const { resources } = stackOf(name);
    const defaults = new Map(
      resources
        .filter(({ type }) => type === "pulumi:providers:aws")
        .map(({ urn, inputs }) => [urn, (JSON.parse(String(inputs.defaultTags)) as { tags: object }).tags]),
    );
    const taggable = ofAws(resources).filter(({ type }) => isTaggable(type));
    expect(taggable.length).toBeGreaterThan(10);
    const wrong = taggable.filter(({ provider = "", inputs }) => {
      // The provider lets a resource's own tags win.
      const all: Record<string, unknown> = { ...defaults.get(provider), ...(inputs.tags as object | undefined) };
      return Object.entries(tags).some(([key, value]) => all[key] !== value);
    });
    expect(wrong.map(({ urn }) => urn)).toEqual([]);
  });

  test("are on what nodes and claims make, which the provider's tags don't reach", () => {
    const { resources } = stackOf(name);
    for (const { inputs } of ofType(resources, "LaunchTemplate")) {
      const specifications = inputs.tagSpecifications as { resourceType: string; tags: object }[];
      expect(specifications.map(({ resourceType }) => resourceType)).toEqual(
        expect.arrayContaining(["instance", "volume", "network-interface"]),
      );
      for (const specification of specifications) expect(specification.tags).toMatchObject(tags);
    }
    const drivers = ofType(resources, "Addon").filter(({ inputs }) => inputs.addonName === "aws-ebs-csi-driver");
    expect(drivers).toHaveLength(name === globalStack ? 0 : 1);
    for (const { inputs } of drivers)
      expect(JSON.parse(String(inputs.configurationValues))).toMatchObject({ controller: { extraVolumeTags: tags } });
  });
});
