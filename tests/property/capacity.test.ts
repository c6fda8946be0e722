import fc from "fast-check";
import {
  capacityReport,
  fits,
  needs,
  requiredReplicas,
  systemReserve,
  type ServiceDemand,
  type ServiceNeed,
} from "../../stacks/capacity.js";
import { allocatable, nodeClasses } from "../../stacks/nodeClasses.js";

const node = allocatable(nodeClasses.medium);
const room = { cpu: node.cpu - systemReserve.cpu, memory: node.memory - systemReserve.memory };

const need: fc.Arbitrary<ServiceNeed> = fc.record({
  service: fc.constant("service"),
  nodeClass: fc.constant("medium"),
  requestsPerSecond: fc.constant(0),
  replicas: fc.integer({ min: 1, max: 12 }),
  cpu: fc.integer({ min: 1, max: 80 }).map((fifties) => fifties * 50),
  memory: fc.integer({ min: 1, max: 60 }).map((parts) => parts * 64 * 2 ** 20),
});
const pool = fc.array(need, { minLength: 1, maxLength: 6 });
const nodes = fc.integer({ min: 1, max: 12 });

const demand: fc.Arbitrary<ServiceDemand> = fc
  .record({
    cpu: fc.integer({ min: 50, max: 4000 }),
    memory: fc.integer({ min: 64, max: 4096 }),
    cpuMillisecondsPerRequest: fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10),
    requestsPerGatewayRequest: fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100),
    minimum: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ cpu, memory, ...others }) => {
    const amounts = { cpu: `${cpu}m`, memory: `${memory}Mi` };
    return { ...others, nodeClass: "medium", resources: { requests: amounts, limits: amounts } };
  });
const load = fc.nat({ max: 10_000 });

test("what fits on some nodes fits on one more, where services need memory in proportion to CPU", () => {
  const proportional = pool.map((services) =>
    services.map((service) => ({ ...service, memory: service.cpu * 2 ** 19 })),
  );
  fc.assert(
    fc.property(proportional, nodes, (services, count) => {
      fc.pre(fits(services, "medium", count));
      expect(fits(services, "medium", count + 1)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("what fits still fits when a service needs one replica less, or goes", () => {
  fc.assert(
    fc.property(need, nodes, (service, count) => {
      fc.pre(service.replicas > 1 && fits([service], "medium", count));
      expect(fits([{ ...service, replicas: service.replicas - 1 }], "medium", count)).toBe(true);
      expect(fits([], "medium", count)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("when services fit, all their pods together, with those of a roll-out, are no more than the nodes have", () => {
  fc.assert(
    fc.property(pool, nodes, (services, count) => {
      fc.pre(fits(services, "medium", count));
      const total = (amount: (service: ServiceNeed) => number) =>
        services.reduce((sum, service) => sum + (service.replicas + 1) * amount(service), 0);
      expect(total(({ cpu }) => cpu)).toBeLessThanOrEqual(count * room.cpu);
      expect(total(({ memory }) => memory)).toBeLessThanOrEqual(count * room.memory);
      expect(total(() => 1)).toBeLessThanOrEqual(count * node.pods);
    }),
    { numRuns: 1000 },
  );
});

test("when services fit, so does the fullest node: an even spread puts a share of each on it", () => {
  fc.assert(
    fc.property(pool, nodes, (services, count) => {
      fc.pre(fits(services, "medium", count));
      const onEvery = services.reduce((sum, { replicas, cpu }) => sum + Math.floor((replicas + 1) / count) * cpu, 0);
      expect(onEvery).toBeLessThanOrEqual(room.cpu);
    }),
    { numRuns: 500 },
  );
});

test("more load never needs fewer replicas, and never fewer than the minimum", () => {
  fc.assert(
    fc.property(demand, load, load, (service, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      expect(requiredReplicas(service, high)).toBeGreaterThanOrEqual(requiredReplicas(service, low));
      expect(requiredReplicas(service, low)).toBeGreaterThanOrEqual(service.minimum);
    }),
    { numRuns: 500 },
  );
});

test("the replicas carry the load at 70 % of their CPU, and one fewer would not", () => {
  fc.assert(
    fc.property(demand, load, (service, requestsPerSecond) => {
      const used = requestsPerSecond * service.requestsPerGatewayRequest * service.cpuMillisecondsPerRequest;
      const [{ replicas, cpu } = { replicas: 0, cpu: 0 }] = needs({ service }, requestsPerSecond);
      expect(used).toBeLessThanOrEqual(replicas * cpu * 0.7 + 1e-3);
      if (replicas > service.minimum) expect(used).toBeGreaterThan((replicas - 1) * cpu * 0.7 - 1e-3);
    }),
    { numRuns: 500 },
  );
});

test("a report's figures hold: the nodes that it asks for do, one fewer does not, and one down carries what it says", () => {
  const demands = fc.record({ first: demand, second: demand });
  fc.assert(
    fc.property(demands, nodes, (services, count) => {
      const planned = { peakRequestsPerSecond: 500, headroom: 0.5 };
      const [report] = capacityReport(services, { medium: count }, planned).pools;
      const atLoad = needs(services, 750);
      fc.pre(report !== undefined && fits(atLoad, "medium", report.nodesNeeded));
      expect(fits(atLoad, "medium", report.nodesNeeded - 1)).toBe(false);
      expect(report.fits).toBe(fits(atLoad, "medium", count));
      const left = report.requestsPerSecondWithOneNodeDown;
      if (left > 0) expect(fits(needs(services, left), "medium", count - 1)).toBe(true);
      expect(left).toBeLessThanOrEqual(750);
    }),
    { numRuns: 100 },
  );
});
