import {
  capacityReport,
  fits,
  needs,
  plannedLoad,
  requiredReplicas,
  systemReserve,
  type ServiceDemand,
  type ServiceNeed,
} from "../../../stacks/capacity.js";
import { allocatable, nodeClasses } from "../../../stacks/nodeClasses.js";

const amounts = { cpu: "500m", memory: "256Mi" };
const gateway: ServiceDemand = {
  nodeClass: "medium",
  resources: { requests: amounts, limits: amounts },
  cpuMillisecondsPerRequest: 0.5,
  requestsPerGatewayRequest: 1,
  minimum: 2,
};

/** Room of a medium node for workloads. */
const room = allocatable(nodeClasses.medium).cpu - systemReserve.cpu;

const need = (service: string, replicas: number, cpu: number, memory = 2 ** 20): ServiceNeed => ({
  service,
  nodeClass: "medium",
  requestsPerSecond: 0,
  replicas,
  cpu,
  memory,
});

describe("the planned load (M17)", () => {
  test.each([
    [3000, 0.5, 4500],
    [3000, 0.3, 3900],
    [3001, 0.1, 3302],
  ])("%d RPS with headroom %d is %d", (peakRequestsPerSecond, headroom, planned) => {
    expect(plannedLoad({ peakRequestsPerSecond, headroom })).toBe(planned);
  });
});

describe("the replicas that a service needs", () => {
  test("keep mean CPU use at the autoscaler's target", () => {
    expect(requiredReplicas(gateway, 4500)).toBe(7);
    expect((4500 * 0.5) / (7 * 500)).toBeLessThanOrEqual(0.7);
    expect((4500 * 0.5) / (6 * 500)).toBeGreaterThan(0.7);
  });

  test("count only the service's share of the traffic", () => {
    expect(requiredReplicas({ ...gateway, requestsPerGatewayRequest: 0.5 }, 4500)).toBe(4);
  });

  test("are never fewer than the minimum", () => {
    expect(requiredReplicas(gateway, 0)).toBe(2);
    expect(requiredReplicas({ ...gateway, minimum: 9 }, 4500)).toBe(9);
  });

  test("are not one more for the dust of floating-point numbers", () => {
    const small = { cpu: "100m", memory: "64Mi" };
    const demand = {
      ...gateway,
      resources: { requests: small, limits: small },
      cpuMillisecondsPerRequest: 1,
      requestsPerGatewayRequest: 1.1,
    };
    expect((700 * 1.1) / (100 * 0.7)).toBeGreaterThan(11);
    expect(requiredReplicas(demand, 700)).toBe(11);
  });

  test("are given with what each of them requests", () => {
    expect(needs({ "api-gateway": gateway }, 4500)).toEqual([
      {
        service: "api-gateway",
        nodeClass: "medium",
        requestsPerSecond: 4500,
        replicas: 7,
        cpu: 500,
        memory: 256 * 2 ** 20,
      },
    ]);
  });
});

describe("whether services fit on nodes", () => {
  test("one replica more than needed must fit, for a roll-out", () => {
    expect(fits([need("order", 1, Math.floor(room / 2))], "medium", 1)).toBe(true);
    expect(fits([need("order", 2, Math.floor(room / 2))], "medium", 1)).toBe(false);
  });

  test("memory counts as CPU does", () => {
    const memory = 4 * 2 ** 30;
    expect(fits([need("order", 1, 100, memory)], "medium", 2)).toBe(true);
    expect(fits([need("order", 2, 100, memory)], "medium", 2)).toBe(false);
  });

  test("a node takes no more pods than the kubelet allows", () => {
    expect(fits([need("order", 109, 1)], "medium", 1)).toBe(true);
    expect(fits([need("order", 110, 1)], "medium", 1)).toBe(false);
  });

  test("room on one node is no use where the spread wants replicas on the other one too", () => {
    const large = need("large", 2, 3000);
    const small = need("small", 3, 1400);
    expect(3 * large.cpu + 4 * small.cpu).toBeLessThan(2 * room);
    expect(fits([large, need("small", 2, 1400)], "medium", 2)).toBe(true);
    expect(fits([large, small], "medium", 2)).toBe(false);
  });

  test("the order in which services are listed does not matter", () => {
    const services = [need("a", 2, 500), need("b", 3, 3000), need("c", 2, 1000)];
    expect(fits(services.toReversed(), "medium", 3)).toBe(fits(services, "medium", 3));
  });

  test("nothing fits on no nodes but nothing", () => {
    expect(fits([need("order", 1, 100)], "medium", 0)).toBe(false);
    expect(fits([], "medium", 0)).toBe(true);
  });
});

describe("the report of a city", () => {
  const load = { peakRequestsPerSecond: 3000, headroom: 0.5 };
  const report: ServiceDemand = { ...gateway, nodeClass: "light", requestsPerGatewayRequest: 0.1 };

  test("sums up what the replicas of each class need, the one of a roll-out included", () => {
    const { pools, requestsPerSecond } = capacityReport({ gateway, report }, { medium: 3, light: 2 }, load);
    expect(requestsPerSecond).toBe(4500);
    expect(pools).toMatchObject([
      { nodeClass: "medium", nodes: 3, cpu: { needed: 8 * 500, offered: 3 * room }, fits: true },
      { nodeClass: "light", nodes: 2, cpu: { needed: 3 * 500 }, fits: true },
    ]);
  });

  test("names the smallest number of nodes that would do", () => {
    const heavy: ServiceDemand = { ...gateway, cpuMillisecondsPerRequest: 5 };
    const [pool] = capacityReport({ heavy }, { medium: 1 }, load).pools;
    const [services] = [needs({ heavy }, 4500)];
    expect(pool).toMatchObject({ fits: false, nodesNeeded: 5 });
    expect([4, 5].map((nodes) => fits(services, "medium", nodes))).toEqual([false, true]);
  });

  test("says what is left with one node down", () => {
    const demand: ServiceDemand = { ...gateway, cpuMillisecondsPerRequest: 1.5 };
    const down = (medium: number) =>
      capacityReport({ demand }, { medium }, load).pools[0]?.requestsPerSecondWithOneNodeDown;
    // 14 replicas of 500m fit on one node, so 13 and the one of a roll-out: 13 × 350 ms of CPU a second.
    expect(down(2)).toBe(Math.floor((13 * 350) / 1.5));
    expect(down(3)).toBe(4500);
    expect([down(1), down(0)]).toEqual([0, 0]);
  });

  test("counts a class without nodes as too small", () => {
    const [pool] = capacityReport({ gateway }, {}, load).pools;
    expect(pool).toMatchObject({ nodes: 0, fits: false, nodesNeeded: 1 });
  });
});
