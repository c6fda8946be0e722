import fc from "fast-check";
import { hoursOfMonth } from "../../local/cost/charge.js";
import { costLines, sumOf, sumsBy, type CostLine } from "../../local/cost/lines.js";
import { volumeCharges } from "../../local/cost/volumes.js";
import { priceList } from "../support/prices.js";

const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
const cost = fc.option(amount, { nil: undefined });
const line: fc.Arbitrary<CostLine> = fc.record({
  stack: fc.constantFrom("jakarta", "bandung", "global"),
  component: fc.constantFrom("network", "cluster", "database"),
  region: fc.constant("here"),
  price: fc.constantFrom("hour", "GB"),
  amount,
  assumed: fc.boolean(),
  rate: fc.constant(undefined),
  cost,
});
const lines = fc.array(line, { maxLength: 40 });

test("the sums of stacks, of components and of everything are one", () => {
  fc.assert(
    fc.property(lines, (all) => {
      const whole = sumOf(all);
      for (const name of ["stack", "component", "price"] as const) {
        const parts = [...sumsBy(all, (each) => each[name]).values()];
        const total = (key: "cost" | "assumed") => parts.reduce((sum, part) => sum + part[key], 0);
        expect(total("cost")).toBeCloseTo(whole.cost, 4);
        expect(total("assumed")).toBeCloseTo(whole.assumed, 4);
        expect(parts.every(({ isWhole }) => isWhole)).toBe(whole.isWhole);
      }
      expect(whole.assumed).toBeLessThanOrEqual(whole.cost + 1e-6);
    }),
  );
});

test("a pool costs in proportion to its nodes", () => {
  const list = priceList({ "instance any": 2, "gp3 storage": 0.1 });
  const resource = (type: string, name: string, inputs: Record<string, unknown>, dependencies: string[] = []) => ({
    urn: name,
    type,
    name,
    custom: true,
    inputs,
    dependencies,
    protect: false,
    retainOnDelete: false,
    ignoreChanges: [],
  });
  const costOf = (nodes: number, size: number): number =>
    sumOf(
      costLines(
        {
          project: "nusantara",
          stack: "city",
          outputs: {},
          resources: [
            resource("pulumi:providers:aws", "aws", { region: "here" }),
            resource("aws:ec2/launchTemplate:LaunchTemplate", "template", {
              blockDeviceMappings: [{ ebs: { volumeType: "gp3", volumeSize: size } }],
            }),
            resource(
              "aws:eks/nodeGroup:NodeGroup",
              "group",
              { scalingConfig: { desiredSize: nodes }, instanceTypes: ["any"] },
              ["template"],
            ),
          ],
        },
        list,
      ),
    ).cost;
  fc.assert(
    fc.property(fc.nat({ max: 100 }), fc.integer({ min: 1, max: 16_384 }), (nodes, size) => {
      expect(costOf(nodes, size)).toBeCloseTo(nodes * (2 * hoursOfMonth + 0.1 * size), 4);
    }),
  );
});

test("a volume never costs less for being larger or faster, and nothing below zero", () => {
  const size = fc.integer({ min: 1, max: 16_384 });
  const iops = fc.integer({ min: 3000, max: 16_000 });
  const throughput = fc.integer({ min: 125, max: 1000 });
  const amounts = (...args: [number, number, number]): number[] =>
    volumeCharges({ type: "gp3", size: args[0], iops: args[1], throughput: args[2] }, 1).map(
      (charge) => charge.amount ?? NaN,
    );
  fc.assert(
    fc.property(size, iops, throughput, fc.nat({ max: 1000 }), (gib, operations, speed, more) => {
      const before = amounts(gib, operations, speed);
      for (const after of [
        amounts(gib + more, operations, speed),
        amounts(gib, operations + more, speed),
        amounts(gib, operations, speed + more),
      ])
        for (const [index, value] of after.entries()) expect(value).toBeGreaterThanOrEqual(before[index] ?? NaN);
      for (const value of before) expect(value).toBeGreaterThanOrEqual(0);
    }),
  );
});
