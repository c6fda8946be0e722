import { databaseProblems, type DatabaseProblemsArgs } from "../../../components/postgres/configuration/index.js";
import { gibibyte, large, mebibyte, small, topology } from "./settings.js";

const problems = (change: Partial<DatabaseProblemsArgs>): string[] =>
  databaseProblems({ ...large, ...change }).map(({ path, message }) => `${path} ${message}`);

test.each([
  ["the local platform", small],
  ["production", large],
])("the settings of %s have no problem", (_, settings) => {
  expect(databaseProblems({ ...settings, databaseNodes: { jakarta: 3, bandung: 2, surabaya: 2 } })).toEqual([]);
});

test("a lag limit below a WAL segment", () => {
  expect(problems({ maximumLagOnFailover: mebibyte })).toEqual([
    "maximumLagOnFailover is 1048576 bytes, less than a WAL segment (16777216): the end of a segment alone counts as " +
      "that much lag and would block every failover under load; set at least 33554432",
  ]);
});

test("timers that outlast the lock", () => {
  expect(problems({ timers: { ttl: 20, loopWait: 4, retryTimeout: 9 }, commit: "quorum" })).toEqual([
    "timers loopWait + 2 * retryTimeout is 22 s and exceeds ttl (20 s): the lock of a primary could expire while it " +
      "still writes; raise ttl or lower the others",
  ]);
});

test("timers that lose more than may be lost, unless nothing can be lost", () => {
  const timers = { ttl: 30, loopWait: 10, retryTimeout: 10 };
  expect(problems({ timers })).toEqual([
    "timers loopWait + retryTimeout is 20 s: an isolated primary acknowledges writes for that long and loses them, and " +
      '10 s are allowed; lower them, or set commit to "quorum"',
  ]);
  expect(problems({ timers, commit: "quorum" })).toEqual([]);
});

test("timers that Patroni would replace", () => {
  expect(problems({ timers: { ttl: 10, loopWait: 1, retryTimeout: 3 } })).toEqual([
    "timers.ttl is 10; Patroni takes whole seconds from 20 on",
  ]);
});

test("an even number of voters", () => {
  expect(problems({ topology: { ...topology, cities: topology.cities.slice(1) } })).toEqual([
    "topology.cities has 2 cities, each with a vote in etcd: an even number survives no more losses than one fewer, and " +
      "two halves stop each other; add or remove a city",
  ]);
});

test("fewer database nodes than members that may not share one", () => {
  expect(problems({ databaseNodes: { jakarta: 3, bandung: 1 } })).toEqual([
    "databaseNodes.bandung is 1, but the 2 members of a set may not share a node, so that one stays pending; give the " +
      "city at least 2 database nodes",
  ]);
});

test("a volume smaller than the data", () => {
  const sets = { ...large.sets, reporting: { ...large.sets.reporting, volume: 100 * gibibyte } };
  expect(problems({ sets, data: 80 * gibibyte })).toEqual([
    "sets.reporting.volume is 100.0 GiB, of which data may fill 70.0 GiB and WAL, sorts and repairs need the rest, but " +
      "there are 80.0 GiB of data; give it at least 114.3 GiB",
  ]);
});

test("members that are too small", () => {
  const sets = { ...large.sets, core: { memory: 128 * mebibyte, cpu: 0, volume: gibibyte } };
  expect(problems({ sets })).toEqual([
    "sets.core.cpu is 0; a member needs some CPU",
    "sets.core.memory is 128 MiB, too little for Patroni and PostgreSQL; give it at least 160 MiB",
    "sets.core.volume is 1024 MiB, too small for the WAL between two checkpoints; give it at least 1280 MiB",
  ]);
});

test("too few connections for the poolers", () => {
  expect(problems({ maxConnections: 40 })).toEqual([
    "maxConnections is 40, too few for the poolers of all cities at once and the cluster's own connections; set at " +
      "least 49",
  ]);
});

test.each([0, -1, NaN])("a link of %d megabits", (linkMegabits) => {
  expect(problems({ linkMegabits })[0]).toMatch(/^linkMegabits is /);
});

test("everything is told at once", () => {
  expect(problems({ maximumLagOnFailover: 1, maxConnections: 1, databaseNodes: { jakarta: 0 } })).toHaveLength(3);
});

test("a volume of etcd that its WAL alone would fill", () => {
  expect(problems({ etcdVolume: 300 * mebibyte })).toEqual([
    "etcd.volume is 300 MiB; etcd keeps six WAL files of 64 MiB, its database, and a second copy of it while a snapshot " +
      "comes in; give it at least 512 MiB",
  ]);
  expect(problems({ etcdVolume: 512 * mebibyte })).toEqual([]);
});
