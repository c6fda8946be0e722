import fc from "fast-check";
import {
  clusterParameters,
  connectionBudget,
  type DatabaseSettings,
  databaseProblems,
  haproxyConfiguration,
  leastConnections,
  lookupConnections,
  memberParameters,
  patroniMemory,
  patroniTags,
  routeOf,
  storageBudget,
  superuserReserved,
} from "../../components/postgres/configuration/index.js";
import { entryPoints, memberName, type MemberSet, memberSets, membersOf } from "../../components/postgres/layout.js";
import { bytesOf, gibibyte, mebibyte } from "../unit/postgres/settings.js";

const resources = fc.record({
  memory: fc.integer({ min: 160 * mebibyte, max: 256 * gibibyte }),
  cpu: fc.double({ min: 0.1, max: 128, noNaN: true }),
  volume: fc.integer({ min: 1280 * mebibyte, max: 4096 * gibibyte }),
});
/** Anything that {@link databaseProblems} lets pass. */
const settings: fc.Arbitrary<DatabaseSettings> = fc
  .record({
    count: fc.constantFrom(1, 3, 5, 7),
    core: resources,
    reporting: resources,
    linkMegabits: fc.integer({ min: 2, max: 10_000 }),
    poolersPerCity: fc.integer({ min: 1, max: 6 }),
    applications: fc.integer({ min: 1, max: 20 }),
    commit: fc.constantFrom("async" as const, "quorum" as const),
  })
  .map(({ count, core, reporting, ...rest }) => ({
    topology: {
      cities: Array.from({ length: count }, (_, index) => ({ name: `city${index}`, pods: `10.${index}.0.0/16` })),
      privateZone: "example.internal",
    },
    sets: { core, reporting },
    ...rest,
  }));
const set = fc.constantFrom<MemberSet>(...memberSets);

test("settings within the limits have no problems", () => {
  fc.assert(
    fc.property(settings, (any) => {
      expect(databaseProblems(any)).toEqual([]);
    }),
  );
});

test("all poolers of all cities together never ask a server for more than it takes", () => {
  fc.assert(
    fc.property(settings, fc.nat({ max: 5000 }), (any, more) => {
      const given = { ...any, maxConnections: leastConnections(any) + more };
      for (const one of [any, given]) {
        const { maxConnections, pools } = connectionBudget(one);
        const pods = one.topology.cities.length * (one.poolersPerCity ?? 2);
        const all = entryPoints.reduce((sum, entryPoint) => sum + pools[entryPoint] + lookupConnections, 0) * pods;
        expect(all + superuserReserved).toBeLessThan(maxConnections);
        expect(Math.min(...Object.values(pools))).toBeGreaterThanOrEqual(one.applications ?? 1);
      }
    }),
  );
});

test("shared buffers and maintenance fit into the container beside Patroni", () => {
  fc.assert(
    fc.property(settings, set, (any, which) => {
      const parameters = memberParameters(any, which, "city0");
      const workers = Number(parameters.autovacuum_max_workers);
      const used =
        patroniMemory + bytesOf(parameters.shared_buffers) + workers * bytesOf(parameters.maintenance_work_mem);
      expect(used).toBeLessThanOrEqual(any.sets[which].memory);
    }),
  );
});

test("more memory never makes a memory setting smaller", () => {
  fc.assert(
    fc.property(settings, set, fc.integer({ min: 1, max: 64 * gibibyte }), (any, which, more) => {
      // The number of connections grows with memory, and shares what there is: it is given here.
      const fixed = { ...any, maxConnections: leastConnections(any) };
      const larger = { ...any.sets[which], memory: any.sets[which].memory + more };
      const before = memberParameters(fixed, which, "city0");
      const after = memberParameters({ ...fixed, sets: { ...any.sets, [which]: larger } }, which, "city0");
      for (const name of ["shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem"]) {
        expect(bytesOf(after[name])).toBeGreaterThanOrEqual(bytesOf(before[name]));
      }
    }),
  );
});

test("WAL that is kept leaves room on the volume", () => {
  fc.assert(
    fc.property(settings, set, (any, which) => {
      const { wal, data, slots, archiveQueue, checkpoint } = storageBudget(any, any.sets[which]);
      const parameters = memberParameters(any, which, "city0");
      expect(bytesOf(parameters.max_slot_wal_keep_size)).toBeLessThanOrEqual(0.6 * wal);
      expect(Math.max(slots, archiveQueue) + checkpoint).toBeLessThanOrEqual(wal);
      expect(data + wal).toBeLessThan(any.sets[which].volume);
      expect(bytesOf(parameters.min_wal_size)).toBeLessThanOrEqual(bytesOf(parameters.max_wal_size));
      // PostgreSQL wants at least two segments of each.
      expect(bytesOf(parameters.min_wal_size)).toBeGreaterThanOrEqual(32 * mebibyte);
    }),
  );
});

test("what the cluster shares is within the limits of Patroni and enough for every member", () => {
  fc.assert(
    fc.property(settings, (any) => {
      const parameters = clusterParameters(any);
      const members = any.topology.cities.length * 4;
      expect(parameters.max_connections).toBeGreaterThanOrEqual(25);
      expect(parameters.max_wal_senders).toBeGreaterThanOrEqual(members);
      expect(parameters.max_replication_slots).toBeGreaterThanOrEqual(members);
      expect(parameters.max_worker_processes).toBeGreaterThanOrEqual(
        Math.max(...memberSets.map((which) => Number(memberParameters(any, which, "x").max_parallel_workers))),
      );
      expect(bytesOf(parameters.wal_keep_size)).toBeGreaterThanOrEqual(16 * mebibyte);
    }),
  );
});

test("a city reads at home first, every route has each member once, and no reporting member takes writes", () => {
  fc.assert(
    fc.property(settings, fc.nat(), (any, seed) => {
      const { cities } = any.topology;
      const city = cities[seed % cities.length]?.name ?? "";
      for (const entryPoint of entryPoints) {
        const route = routeOf(any, city, entryPoint);
        expect(new Set(route.map(memberName)).size).toBe(route.length);
        if (entryPoint === "pg-rw") expect(route.every((member) => member.set === "core")).toBe(true);
        else expect(route.slice(0, 2).every((member) => member.city === city && member.ordinal < 2)).toBe(true);
      }
      expect(haproxyConfiguration(any, city)).toBe(haproxyConfiguration(any, city));
    }),
  );
});

test("of all members exactly the core ones may lead, each with a priority of its own while there are few cities", () => {
  fc.assert(
    fc.property(settings, (any) => {
      const tags = any.topology.cities.flatMap(({ name }) =>
        memberSets.flatMap((which) =>
          membersOf(name, which).map((member) => ({
            which,
            tags: patroniTags(any, member),
          })),
        ),
      );
      for (const { which, tags: own } of tags) {
        expect(own.nofailover === true).toBe(which === "reporting");
        expect(Number(own.failover_priority ?? 0) > 0).toBe(which === "core");
      }
      const priorities = tags.flatMap(({ tags: own }) => own.failover_priority ?? []);
      if (any.topology.cities.length <= 5) expect(new Set(priorities).size).toBe(priorities.length);
    }),
  );
});
