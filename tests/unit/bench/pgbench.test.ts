import { comparisonRows, load, transactionsPerSecond } from "../../../local/bench/pgbench.js";

const said = `pgbench (17.12 (Debian 17.12-0+deb13u1))
number of transactions actually processed: 3780
number of failed transactions: 0 (0.000%)
latency average = 42.3 ms
initial connection time = 210.1 ms
tps = 189.052011 (without initial connection time)
`;

test("the rate is what pgbench says, without the time that connecting took", () => {
  expect(transactionsPerSecond(said)).toBe(189.052011);
});

test("a pgbench that names no rate is an error with its words", () => {
  expect(() => transactionsPerSecond("pgbench: error: connection lost")).toThrow("connection lost");
});

test("two ways are measured in turns, none of them always first, and the second has what is left of the first", async () => {
  const order: string[] = [];
  const measurement = (name: string, rate: number) => ({
    title: (clients: number) => `${name} ${clients}`,
    rate: () => {
      order.push(name);
      return Promise.resolve(rate + order.length);
    },
  });
  const rows = await comparisonRows(measurement("whole", 200), measurement("part", 100), "at least 85 %");
  expect(order.slice(0, 4)).toEqual(["whole", "part", "part", "whole"]);
  expect(order).toHaveLength(2 * 2 * load.turns);
  expect(rows.slice(0, 2)).toEqual([
    ["whole 1", "205 transactions/s (201 to 208)", ""],
    ["part 1", "105 transactions/s (102 to 107), 51 %", "at least 85 %"],
  ]);
});
