import fc from "fast-check";
import ipaddr from "ipaddr.js";
import {
  associationProblem,
  reservedAddresses,
  sizeOf,
  subnetPlan,
  type ZoneSubnets,
} from "../../components/network/addressing.js";
import { cidrProblem, overlaps } from "../../stacks/cidr.js";

/** A private range of one of the sizes that the plan takes, below 10.0.0.0/8. */
const range = (half: 0 | 1): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: 16, max: 20 }), fc.integer({ min: 0, max: 127 }), fc.nat({ max: 255 }))
    .map(([prefix, second, third]) => {
      const address = `10.${second + half * 128}.${third}.0/${prefix}`;
      return `${ipaddr.IPv4.networkAddressFromCIDR(address).toString()}/${prefix}`;
    });

const subnets = (zone: ZoneSubnets): string[] => [zone.public, zone.nodes, zone.controlPlane, zone.pods];

const contains = (outer: string, inner: string): boolean => {
  const [network, prefix] = ipaddr.IPv4.parseCIDR(outer);
  const [start, length] = ipaddr.IPv4.parseCIDR(inner);
  return length >= prefix && start.match(network, prefix);
};

const property = (law: (plan: ZoneSubnets[], primary: string, secondary: string) => void): void => {
  fc.assert(
    fc.property(range(0), range(1), (primary, secondary) => {
      law(subnetPlan(primary, secondary), primary, secondary);
    }),
  );
};

test("no two subnets share an address, and all are ranges without host bits", () => {
  property((plan) => {
    const all = plan.flatMap(subnets);
    for (const [index, subnet] of all.entries()) {
      expect(cidrProblem(subnet)).toBeUndefined();
      expect(all.slice(index + 1).filter((other) => overlaps(subnet, other))).toEqual([]);
    }
  });
});

test("every subnet lies in its range: pods in the secondary one, all else in the primary one", () => {
  property((plan, primary, secondary) => {
    for (const zone of plan) {
      expect(contains(secondary, zone.pods)).toBe(true);
      for (const subnet of [zone.public, zone.nodes, zone.controlPlane]) expect(contains(primary, subnet)).toBe(true);
    }
  });
});

test("every subnet is large enough for what stands in it, and half of the primary range stays free", () => {
  property((plan, primary) => {
    for (const zone of plan) {
      // Elastic Load Balancing wants a /27 and 8 free addresses, EKS 6 of the control plane's.
      expect(sizeOf(zone.public)).toBeGreaterThanOrEqual(32);
      expect(sizeOf(zone.controlPlane) - reservedAddresses).toBeGreaterThanOrEqual(6);
      expect(sizeOf(zone.nodes)).toBeGreaterThanOrEqual(512);
      expect(sizeOf(zone.pods)).toBeGreaterThanOrEqual(1024);
    }
    const used = plan.flatMap(({ public: open, nodes, controlPlane }) => [open, nodes, controlPlane]);
    expect(used.reduce((sum, subnet) => sum + sizeOf(subnet), 0)).toBeLessThanOrEqual(sizeOf(primary) / 2);
  });
});

test("zones are equal", () => {
  property((plan) => {
    const sizes = plan.map((zone) => subnets(zone).map(sizeOf));
    expect(new Set(sizes.map((each) => each.join())).size).toBe(1);
  });
});

test.each(["10.0.0.0/15", "10.0.0.0/21", "10.0.0.0/28"])("a range of %s can't be divided", (wrong) => {
  expect(() => subnetPlan(wrong, "10.1.0.0/16")).toThrow("must be from /16 to /20");
  expect(() => subnetPlan("10.1.0.0/16", wrong)).toThrow("must be from /16 to /20");
});

test("the plan of Jakarta", () => {
  expect(subnetPlan("10.11.0.0/16", "10.10.0.0/16")).toEqual([
    { public: "10.11.96.0/22", nodes: "10.11.0.0/19", controlPlane: "10.11.108.0/28", pods: "10.10.0.0/18" },
    { public: "10.11.100.0/22", nodes: "10.11.32.0/19", controlPlane: "10.11.108.16/28", pods: "10.10.64.0/18" },
    { public: "10.11.104.0/22", nodes: "10.11.64.0/19", controlPlane: "10.11.108.32/28", pods: "10.10.128.0/18" },
  ]);
});

test.each([
  ["10.11.0.0/16", "10.10.0.0/16", undefined],
  ["10.11.0.0/16", "100.64.0.0/16", undefined],
  ["172.16.0.0/16", "172.17.0.0/16", undefined],
  ["10.11.0.0/16", "172.16.0.0/16", "outside 10.0.0.0/8"],
  ["10.11.0.0/16", "192.168.0.0/16", "outside 10.0.0.0/8"],
  ["172.16.0.0/16", "10.1.0.0/16", "outside 172.16.0.0/12"],
  ["192.168.0.0/16", "10.1.0.0/16", "outside 192.168.0.0/16"],
  ["10.1.0.0/16", "10.0.0.0/16", "of 10.0.0.0/16"],
])("AWS adds to a VPC of %s the range %s: %s", (primary, secondary, problem) => {
  const actual = associationProblem(primary, secondary);
  if (problem === undefined) expect(actual).toBeUndefined();
  else expect(actual).toContain(problem);
});
