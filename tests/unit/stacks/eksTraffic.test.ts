import type { GlobalPolicy } from "../../../components/platform/index.js";
import type { CapturedResource, CapturedStack } from "../../../local/render/capture.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { byUrn, comesAfter, customResources, urnOf } from "../../support/aws.js";
import { renderProduction } from "../../support/city.js";
import { objectOf, objectsOf, within } from "../../support/objects.js";

const cities = cityNames(nusantara);
const renders = new Map<string, CapturedStack>();
beforeAll(async () => {
  for (const city of cities) renders.set(city, await renderProduction(city));
}, 240_000);
const rendered = (city: string): CapturedResource[] => renders.get(city)?.resources ?? [];

describe.each(cities)("the policies that hold for all of %s", (city) => {
  const policies = (): Map<string, GlobalPolicy> =>
    new Map(
      customResources(rendered(city), "GlobalNetworkPolicy").map(({ inputs }) => [
        (inputs.metadata as { name: string }).name,
        inputs.spec as GlobalPolicy,
      ]),
    );
  const rules = (name: string) => policies().get(name)?.egress ?? [];
  const { nodes } = nusantara.cities[city as keyof typeof nusantara.cities].network;
  const others = Object.entries(nusantara.cities)
    .filter(([name]) => name !== city)
    .flatMap(([, { network }]) => [network.nodes, network.pods]);

  test("leave the system and the nodes alone: they select by namespace, which a host endpoint has none of", () => {
    const closed = [...policies().values()].map(({ namespaceSelector }) => namespaceSelector);
    for (const selector of closed) expect(selector).toMatch(/^kubernetes\.io\/metadata\.name (not in|==) /);
    for (const name of ["deny-link-local", "deny-internet-but-web", "allow-cluster-dns", "default-deny"])
      expect(policies().get(name)?.namespaceSelector).toBe(
        'kubernetes.io/metadata.name not in {"kube-system", "calico-system", "calico-apiserver", "tigera-operator"}',
      );
  });

  test("deny before any policy of a namespace, allow after it, and close everything else at last", () => {
    for (const [name, { order, egress = [], ingress = [] }] of policies()) {
      for (const { action } of [...egress, ...ingress])
        expect([name, action === "Deny" ? order < 1000 : order > 1000]).toEqual([name, true]);
    }
    const last = policies().get("default-deny");
    expect(last).toEqual({
      order: Math.max(...[...policies().values()].map(({ order }) => order)),
      namespaceSelector: last?.namespaceSelector,
      types: ["Ingress", "Egress"],
    });
  });

  test("keep pods from what nodes keep to themselves: metadata, time, kubelets, SSH", () => {
    expect(rules("deny-link-local")).toEqual([
      { action: "Deny", destination: { nets: ["169.254.0.0/16"], notNets: ["169.254.170.23/32"] } },
    ]);
    expect(rules("deny-nodes")).toEqual([
      { action: "Deny", protocol: "TCP", destination: { nets: [nodes], notPorts: [443] } },
      { action: "Deny", protocol: "UDP", destination: { nets: [nodes] } },
    ]);
  });

  test("let the data tier alone talk to other cities, on the ports that their security groups open", () => {
    expect(rules("deny-other-cities")).toEqual([{ action: "Deny", destination: { nets: others } }]);
    expect(policies().get("deny-other-cities")?.namespaceSelector).toContain('"databases"}');
    expect(policies().get("deny-other-cities-but-data")).toMatchObject({
      namespaceSelector: 'kubernetes.io/metadata.name == "databases"',
      egress: [
        { protocol: "TCP", destination: { nets: others, notPorts: [2379, 2380, 5432, 6432, 8008, 8432] } },
        { protocol: "UDP", destination: { nets: others } },
      ],
    });
  });

  test("let nobody call anything but the web on public addresses", () => {
    for (const { protocol, destination } of rules("deny-internet-but-web")) {
      expect(destination?.notNets).toContain("10.0.0.0/8");
      expect(destination?.notPorts).toEqual(protocol === "TCP" ? [80, 443] : undefined);
    }
    expect(rules("deny-internet-but-web").map(({ protocol }) => protocol)).toEqual(["TCP", "UDP"]);
  });

  test("let challenges of ACME be answered, in whatever namespace a certificate is asked for", () => {
    expect(policies().get("allow-acme-challenges")).toMatchObject({
      selector: 'acme.cert-manager.io/http01-solver == "true"',
      ingress: [{ source: { namespaceSelector: 'kubernetes.io/metadata.name == "ingress-nginx"' } }],
    });
    const own = objectOf(within(rendered(city), "cert-manager"), "NetworkPolicy");
    const open = own.spec.egress.filter((rule) => JSON.stringify(rule).includes("0.0.0.0/0"));
    expect(open.flatMap((rule) => rule.ports.map(({ port }) => port))).toEqual([80, 443]);
  });
});

test.each(cities)("pods of %s get the host in two namespaces only", (city) => {
  const levels = rendered(city)
    .filter(({ type }) => type === "kubernetes:core/v1:Namespace")
    .map(({ inputs }) => inputs.metadata as { name: string; labels: Record<string, string> })
    .map(({ name, labels }) => [name, labels["pod-security.kubernetes.io/enforce"]]);
  expect(Object.fromEntries(levels)).toEqual({
    "cert-manager": "restricted",
    databases: "restricted",
    "external-dns": "restricted",
    "ingress-nginx": "baseline",
    "istio-system": "privileged",
    "nusantara-mart": "restricted",
    "tigera-operator": "privileged",
  });
});

describe.each(cities)("the mesh of %s", (city) => {
  const labelOf = (namespace: string): string | undefined => {
    const found = rendered(city).find(
      ({ type, inputs }) =>
        type === "kubernetes:core/v1:Namespace" && (inputs.metadata as { name: string }).name === namespace,
    );
    const { labels } = (found?.inputs.metadata ?? {}) as { labels?: Record<string, string> };
    return labels?.["istio.io/dataplane-mode"];
  };

  test("takes in the services and what calls them, and leaves the data tier to its own TLS", () => {
    expect(
      ["nusantara-mart", "ingress-nginx", "databases", "istio-system", "cert-manager"].map((name) => [
        name,
        labelOf(name),
      ]),
    ).toEqual([
      ["nusantara-mart", "ambient"],
      ["ingress-nginx", "ambient"],
      ["databases", "none"],
      ["istio-system", "none"],
      ["cert-manager", undefined],
    ]);
  });

  test("comes up in order: policies, CRDs, control plane, plug-in, proxies, and then the first pod that is in it", () => {
    const resources = rendered(city);
    const order = ["calico-default-deny", "base", "istiod", "cni", "ztunnel"].map((name) =>
      urnOf(resources, name.startsWith("calico") ? name : `istio-${name}-release`),
    );
    for (const name of ["istio-strict", "ingress-release", "nusantara-mart-order-deployment"]) {
      const resource = resources.find((each) => each.name === name);
      expect(resource?.name).toBe(name);
      expect([...(resource ? comesAfter(resource, byUrn(resources)) : [])]).toEqual(expect.arrayContaining(order));
    }
    for (const [index, urn] of order.entries()) {
      const resource = byUrn(resources).get(urn);
      const before = resource ? comesAfter(resource, byUrn(resources)) : new Set<string>();
      expect([...before]).toEqual(expect.arrayContaining(order.slice(0, index)));
    }
  });

  test("accepts mutual TLS only, but for what clients and the API server call of the ingress controller", () => {
    const authentications = customResources(rendered(city), "PeerAuthentication").map(({ inputs }) => inputs);
    expect(authentications).toHaveLength(2);
    expect(authentications).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          metadata: { name: "default", namespace: "istio-system" },
          spec: { mtls: { mode: "STRICT" } },
        }),
        expect.objectContaining({
          metadata: { name: "public-ports", namespace: "ingress-nginx" },
          spec: {
            selector: {
              matchLabels: {
                "app.kubernetes.io/name": "ingress-nginx",
                "app.kubernetes.io/component": "controller",
              },
            },
            mtls: { mode: "STRICT" },
            portLevelMtls: Object.fromEntries(["80", "443", "8443"].map((port) => [port, { mode: "PERMISSIVE" }])),
          },
        }),
      ]),
    );
  });

  test("lets kubelet probe, and the tunnel through where a call is allowed: to the same peers, and to no database", () => {
    for (const namespace of ["nusantara-mart", "ingress-nginx"]) {
      const probes = objectOf(within(rendered(city), namespace), "NetworkPolicy", "allow-probes");
      expect(probes.spec).toMatchObject({ ingress: [{ from: [{ ipBlock: { cidr: "169.254.7.127/32" } }] }] });
    }
    const policy = objectOf(within(rendered(city), "nusantara-mart"), "NetworkPolicy", "order");
    const portsOf = (rules: readonly { ports: readonly { port: number | string }[] }[]) =>
      rules.map((rule) => rule.ports.map(({ port }) => port));
    expect(portsOf(policy.spec.ingress)).toEqual([
      [8080, 15_008],
      [9090, 15_008],
    ]);
    const toDatabases = policy.spec.egress.filter((rule) => JSON.stringify(rule).includes('"databases"'));
    expect(toDatabases.length).toBeGreaterThan(0);
    for (const ports of portsOf(toDatabases)) expect(ports).not.toContain(15_008);
    const ingress = objectOf(within(rendered(city), "ingress-nginx"), "NetworkPolicy", "ingress-controller");
    expect(portsOf(ingress.spec.egress)).toContainEqual([8080, 15_008]);
  });

  test("knows by certificate who may call which port of a service", () => {
    const authorizations = customResources(rendered(city), "AuthorizationPolicy").map(({ inputs }) => inputs);
    const workloads = objectsOf(within(rendered(city), "nusantara-mart"), "ServiceAccount").map(
      ({ metadata }) => metadata.name,
    );
    expect(authorizations.map(({ metadata }) => (metadata as { name: string }).name).sort()).toEqual(workloads.sort());
    const gateway = authorizations.find(({ metadata }) => (metadata as { name: string }).name === "api-gateway");
    expect(gateway?.spec).toMatchObject({
      action: "ALLOW",
      rules: [
        { from: [{ source: { namespaces: ["ingress-nginx"] } }], to: [{ operation: { ports: ["8080"] } }] },
        { from: [{ source: { namespaces: ["monitoring"] } }], to: [{ operation: { ports: ["9090"] } }] },
      ],
    });
    const inventory = authorizations.find(({ metadata }) => (metadata as { name: string }).name === "inventory");
    expect(JSON.stringify(inventory?.spec)).toContain("cluster.local/ns/nusantara-mart/sa/order");
  });

  test("lets its own parts talk to each other and to the API server, and to nobody else", () => {
    const policies = objectsOf(within(rendered(city), "istio-system"), "NetworkPolicy");
    expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual(["istio-cni", "istiod", "ztunnel"]);
    const text = JSON.stringify(policies);
    expect(text).not.toContain("0.0.0.0/0");
    expect(text).toContain(nusantara.cities[city as keyof typeof nusantara.cities].network.nodes);
  });
});
