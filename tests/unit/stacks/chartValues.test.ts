import type { CapturedResource } from "../../../local/render/capture.js";
import { versions } from "../../../stacks/versions.js";
import { chartForms } from "../../support/chartForms.js";
import { renderProduction } from "../../support/city.js";

const valuesByChart = (resources: readonly CapturedResource[]): Map<string, unknown> =>
  new Map(
    resources
      .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
      .map(({ inputs }) => [String(inputs.chart), inputs.values]),
  );

/** One city stands for all: values of the others differ in names only, and the compiler holds all to their types. */
const rendered = new Map<string, Map<string, unknown>>();
beforeAll(async () => {
  rendered.set("jakarta", valuesByChart((await renderProduction("jakarta")).resources));
  const { resources } = await renderProduction("jakarta", {
    "nusantara:ingress": { kind: "traefik", image: { repository: "docker.io/traefik", version: "v3.7.11" } },
  });
  rendered.set("jakarta with Traefik", valuesByChart(resources));
}, 240_000);

const checked = Object.keys(chartForms) as (keyof typeof chartForms)[];

test("every chart that gets values is checked, in the version that is pinned", () => {
  const got = [...rendered.values()].flatMap((values) => [...values.keys()]);
  expect([...new Set(got)].sort()).toEqual([...checked].sort());
  for (const chart of checked) expect([chart, chartForms[chart].version]).toEqual([chart, versions.charts[chart]]);
});

describe.each(["jakarta", "jakarta with Traefik"])("the charts of %s", (stack) => {
  test("get values that they know, of the types that they take", () => {
    const values = rendered.get(stack) ?? new Map<string, unknown>();
    expect(values.size).toBe(10);
    for (const [chart, given] of values) {
      const { form } = chartForms[chart as keyof typeof chartForms];
      const problems = form.safeParse(given).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
      expect([chart, problems ?? []]).toEqual([chart, []]);
    }
  });
});
