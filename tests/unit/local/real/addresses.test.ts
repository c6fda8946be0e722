import { UserError } from "../../../../local/errors.js";
import { addressAt, dnsAddress, nodeAddress, prefixOf, routerAddress } from "../../../../local/network/addresses.js";
import { cityNames, nusantara } from "../../../../stacks/topology.js";

const refusal = (action: () => unknown): UserError => {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("addresses of a city", () => {
  const { nodes, pods, services } = nusantara.cities.jakarta.network;

  test("are where people look for them: the router first, the DNS at ten as kubeadm and EKS have it", () => {
    expect(routerAddress(nodes)).toBe("10.11.0.1");
    expect(dnsAddress(services)).toBe("10.110.0.10");
  });

  test("of nodes follow from the range of their pods, whatever the order in which nodes came", () => {
    expect(nodeAddress({ nodes, pods }, "10.10.0.0/24")).toBe("10.11.0.2");
    expect(nodeAddress({ nodes, pods }, "10.10.1.0/24")).toBe("10.11.0.3");
    expect(nodeAddress({ nodes, pods }, "10.10.254.0/24")).toBe("10.11.1.0");
    expect(nodeAddress({ nodes: "10.11.0.240/28", pods: "172.16.0.0/12" }, "172.16.12.0/24")).toBe("10.11.0.254");
  });

  test("carry over from one octet to the next", () => {
    expect(addressAt("10.0.255.0/16", 300)).toBe("10.1.0.44");
    expect(addressAt("192.168.0.0/16", 65_534)).toBe("192.168.255.254");
    // Above 2³¹, where arithmetic on bits turns negative.
    expect(addressAt("203.0.113.0/24", 7)).toBe("203.0.113.7");
  });

  test("never meet those of another city", () => {
    const cities = cityNames(nusantara).map((city) => nusantara.cities[city as keyof typeof nusantara.cities].network);
    const all = cities.flatMap((network) => [
      routerAddress(network.nodes),
      dnsAddress(network.services),
      nodeAddress(network, `${network.pods.split("/")[0] ?? ""}/24`),
    ]);
    expect(new Set(all).size).toBe(all.length);
  });

  test("have the prefix of their range", () => {
    expect([prefixOf("10.11.0.0/16"), prefixOf("10.11.0.0/28")]).toEqual(["16", "28"]);
  });
});

describe("a range that is too small for its nodes", () => {
  test("is refused with its name and what to widen, before anything gets the broadcast address", () => {
    const error = refusal(() => nodeAddress({ nodes: "10.11.0.0/28", pods: "10.10.0.0/16" }, "10.10.13.0/24"));
    expect(error.message).toBe(
      "10.11.0.0/28 has no address number 15: it is too small for the nodes of the local platform",
    );
    expect(error.remedy).toContain("widen nusantara:network");
    expect(error.remedy).toContain("local/cities");
  });

  test("still holds as many nodes as it has addresses left", () => {
    expect(nodeAddress({ nodes: "10.11.0.0/28", pods: "10.10.0.0/16" }, "10.10.12.0/24")).toBe("10.11.0.14");
  });
});
