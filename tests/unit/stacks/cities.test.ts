import { fits, systemReserve } from "../../../stacks/capacity.js";
import { allocatable, nodeClasses } from "../../../stacks/nodeClasses.js";
import { services as catalogue, type ServiceName } from "../../../stacks/systems/nusantaraMart/catalogue.js";
import { settingsOf } from "../../support/city.js";
import { parseSettings } from "../../support/config.js";

const cities = [
  { city: "jakarta", general: 3, database: 3, failsOverTo: "bandung" },
  { city: "bandung", general: 2, database: 2, failsOverTo: "jakarta" },
  { city: "surabaya", general: 2, database: 2, failsOverTo: "jakarta" },
];

describe.each(cities)("the stack file of $city", ({ city, general, database, failsOverTo }) => {
  const config = parseSettings(settingsOf(city), `Pulumi.${city}.yaml`);
  const { capacityReport: report, nodePools } = config;

  test("is for the city of its name", () => {
    expect(config).toMatchObject({ city, failsOverTo });
  });

  test("has the node pools of M1, in the sizes of M2", () => {
    expect(nodePools).toMatchObject({
      general: { class: "medium", count: general },
      light: { class: "light" },
      database: { class: "heavy", count: database, dedicatedTo: "database" },
    });
  });

  test("plans for 4500 RPS: 3000 with 50 % headroom (M17)", () => {
    expect(config.capacity).toEqual({ peakRequestsPerSecond: 3000, headroom: 0.5 });
    expect(report.requestsPerSecond).toBe(4500);
  });

  test("has replicas enough to carry all of it alone, at no more than 70 % of their CPU (M17)", () => {
    const ofDatabase = ["entry-points", "restore-drill"];
    expect(report.services.map(({ service }) => service)).toEqual([...Object.keys(catalogue), ...ofDatabase]);
    for (const { service, replicas, cpu } of report.services.filter((need) => !ofDatabase.includes(need.service))) {
      const { cpuMillisecondsPerRequest, requestsPerGatewayRequest } = catalogue[service as ServiceName];
      const used = 4500 * requestsPerGatewayRequest * cpuMillisecondsPerRequest;
      expect(used / (replicas * cpu)).toBeLessThanOrEqual(0.7 + 1e-9);
      expect(replicas).toBeGreaterThanOrEqual(2);
    }
  });

  test("has nodes enough for them without the autoscaler of nodes (M17)", () => {
    expect(report.pools.map(({ nodeClass, fits: fit }) => [nodeClass, fit])).toEqual([
      ["medium", true],
      ["light", true],
    ]);
    for (const { nodeClass, nodes, cpu, memory, nodesNeeded } of report.pools) {
      const node = allocatable(nodeClasses[nodeClass]);
      expect(cpu.needed).toBeLessThanOrEqual(nodes * (node.cpu - systemReserve.cpu));
      expect(memory.needed).toBeLessThanOrEqual(nodes * (node.memory - systemReserve.memory));
      expect(nodesNeeded).toBeLessThanOrEqual(nodes);
      const pool = report.services.filter((need) => need.nodeClass === nodeClass);
      expect(fits(pool, nodeClass, nodes)).toBe(true);
    }
  });
});

test("Jakarta carries the planned load even with one general node down (M12, M17)", () => {
  const { pools } = parseSettings(settingsOf("jakarta")).capacityReport;
  expect(pools.find(({ nodeClass }) => nodeClass === "medium")?.requestsPerSecondWithOneNodeDown).toBe(4500);
});
