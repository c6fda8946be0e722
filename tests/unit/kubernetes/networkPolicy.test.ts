import ipaddr from "ipaddr.js";
import {
  allowDns,
  defaultDeny,
  internet,
  networkPolicy,
  peersOf,
  privateRanges,
  type CallIntent,
} from "../../../components/kubernetes/networkPolicy.js";

const selector = { "app.kubernetes.io/name": "order" };

describe("the policy of a workload", () => {
  test("closes both directions where nothing is named", () => {
    expect(networkPolicy({ selector, callers: [], callees: [] })).toEqual({
      podSelector: { matchLabels: selector },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [],
    });
  });

  test("opens one TCP port to a workload of the same namespace, by the labels of its pods", () => {
    const { ingress } = networkPolicy({
      selector,
      callers: [{ workload: "api-gateway", partOf: "nusantara-mart", port: 8080 }],
      callees: [],
    });
    expect(ingress).toEqual([
      {
        from: [
          {
            podSelector: {
              matchLabels: {
                "app.kubernetes.io/name": "api-gateway",
                "app.kubernetes.io/part-of": "nusantara-mart",
              },
            },
          },
        ],
        ports: [{ port: 8080, protocol: "TCP" }],
      },
    ]);
  });

  test("opens one TCP port to every pod of a namespace", () => {
    const { egress } = networkPolicy({ selector, callers: [], callees: [{ namespace: "database", port: 5432 }] });
    expect(egress).toEqual([
      {
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "database" } } }],
        ports: [{ port: 5432, protocol: "TCP" }],
      },
    ]);
  });

  test("lets the tunnel of a mesh through to the same peers, and to nobody who is outside it", () => {
    const ports = (given: Omit<Parameters<typeof networkPolicy>[0], "selector">) => {
      const { ingress, egress } = networkPolicy({ selector, ...given }) as {
        ingress: { ports: { port: number }[] }[];
        egress: { ports: { port: number }[] }[];
      };
      return [...ingress, ...egress].map((rule) => rule.ports.map(({ port }) => port));
    };
    const given = {
      callers: [{ workload: "api-gateway", partOf: "nusantara-mart", port: 8080 }],
      callees: [
        { namespace: "cache", port: 6379 },
        { namespace: "database", port: 5432, outsideMesh: true },
        { cidr: "0.0.0.0/0", port: 443 },
      ],
    };
    expect(ports(given)).toEqual([[8080], [6379], [5432], [443]]);
    expect(ports({ ...given, inMesh: true })).toEqual([[8080, 15_008], [6379, 15_008], [5432], [443]]);
  });

  test("keeps callers on different ports apart", () => {
    const { ingress } = networkPolicy({
      selector,
      callers: [
        { namespace: "monitoring", port: 9090 },
        { namespace: "ingress-nginx", port: 8080 },
      ],
      callees: [],
    });
    expect(ingress).toMatchObject([{ ports: [{ port: 9090 }] }, { ports: [{ port: 8080 }] }]);
    expect(ingress).toHaveLength(2);
  });

  test("writes no exceptions for a range that has none", () => {
    const { egress } = networkPolicy({ selector, callers: [], callees: [{ cidr: "10.20.0.0/16", port: 5432 }] });
    expect(egress).toEqual([{ to: [{ ipBlock: { cidr: "10.20.0.0/16" } }], ports: [{ port: 5432, protocol: "TCP" }] }]);
  });
});

describe("the Internet", () => {
  test("is every address but private ones and the cloud's metadata service", () => {
    const { egress } = networkPolicy({ selector, callers: [], callees: [internet(443)] });
    expect(egress).toEqual([
      { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [...privateRanges] } }], ports: [{ port: 443, protocol: "TCP" }] },
    ]);
  });

  test.each(["10.10.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"])("does not hold %s", (address) => {
    const closed = privateRanges.some((range) => ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(range)));
    expect(closed).toBe(true);
  });
});

describe("a namespace", () => {
  test("lets nothing in or out by default", () => {
    expect(defaultDeny()).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  test("lets every pod ask the cluster's DNS and nobody else", () => {
    const { podSelector, policyTypes, egress } = allowDns();
    expect([podSelector, policyTypes]).toEqual([{}, ["Egress"]]);
    expect(egress).toEqual([
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
          },
        ],
        ports: [
          { port: 53, protocol: "UDP" },
          { port: 53, protocol: "TCP" },
        ],
      },
    ]);
  });
});

describe("the list of who may call whom", () => {
  const intents: CallIntent[] = [
    { from: "api-gateway", to: "order", port: 8080 },
    { from: "order", to: "payment", port: 8443 },
  ];

  test("gives a workload its callers and its callees", () => {
    expect(peersOf("order", "shop", intents)).toEqual({
      callers: [{ workload: "api-gateway", partOf: "shop", port: 8080 }],
      callees: [{ workload: "payment", partOf: "shop", port: 8443 }],
    });
  });

  test("gives a workload that is not on it nobody", () => {
    expect(peersOf("report", "shop", intents)).toEqual({ callers: [], callees: [] });
  });
});
