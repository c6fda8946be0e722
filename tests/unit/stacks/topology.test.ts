import { cidrProblem, overlaps } from "../../../stacks/cidr.js";
import { networkProblems } from "../../../stacks/networkProblems.js";
import { apiHost, cityNames, firstCity, ingressHost, nusantara, type Topology } from "../../../stacks/topology.js";

const cities: Topology["cities"] = nusantara.cities;

test("the cities come in the order of first creation: Jakarta makes what the others share", () => {
  expect(cityNames(nusantara)).toEqual(["jakarta", "bandung", "surabaya"]);
  expect(firstCity(nusantara)).toBe("jakarta");
});

test("a topology without cities has no first one", () => {
  expect(() => firstCity({ ...nusantara, cities: {} })).toThrow("a topology needs at least one city");
});

test("every city has the address ranges of M3", () => {
  expect(
    Object.entries(cities).map(([city, { network }]) => [city, network.nodes, network.pods, network.services]),
  ).toEqual([
    ["jakarta", "10.11.0.0/16", "10.10.0.0/16", "10.110.0.0/16"],
    ["bandung", "10.21.0.0/16", "10.20.0.0/16", "10.120.0.0/16"],
    ["surabaya", "10.31.0.0/16", "10.30.0.0/16", "10.130.0.0/16"],
  ]);
});

test("no two ranges of the plan share an address, and all are usable", () => {
  const ranges = Object.values(cities).flatMap(({ network }) => [network.nodes, network.pods, network.services]);
  for (const [index, range] of ranges.entries()) {
    expect(cidrProblem(range)).toBeUndefined();
    expect(ranges.slice(index + 1).filter((other) => overlaps(range, other))).toEqual([]);
  }
  for (const [city, { network }] of Object.entries(cities))
    expect(networkProblems(city, network, nusantara)).toEqual([]);
});

test("there is one primary, and every city fails over to another one (M5, M12)", () => {
  expect(Object.entries(cities).filter(([, { role }]) => role === "primary")).toMatchObject([["jakarta", {}]]);
  expect(Object.fromEntries(Object.entries(cities).map(([city, { failsOverTo }]) => [city, failsOverTo]))).toEqual({
    jakarta: "bandung",
    bandung: "jakarta",
    surabaya: "jakarta",
  });
});

test("an odd number of cities can vote (M11)", () => {
  expect(cityNames(nusantara).length % 2).toBe(1);
});

test("the links have the budgets of M18", () => {
  expect(nusantara.linkBudgetMegabits).toEqual({ database: 50, application: 10 });
});

test("the API has one name for every user and one for each city (M5)", () => {
  expect(apiHost(nusantara)).toBe("api.nusantaramart.co.id");
  expect(cityNames(nusantara).map((city) => ingressHost(nusantara, city))).toEqual([
    "api.jakarta.nusantaramart.co.id",
    "api.bandung.nusantaramart.co.id",
    "api.surabaya.nusantaramart.co.id",
  ]);
});
