import { transactionsPerSecond } from "../../../local/bench/pgbench.js";

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
