import type { CapturedResource } from "../../../local/render/capture.js";
import { cityNames, databasePorts, nusantara } from "../../../stacks/topology.js";
import { renderCity } from "../../support/city.js";
import { databases } from "../../support/database.js";
import { objectOf, objectsOf, podTemplatesOf, within } from "../../support/objects.js";

const cities = cityNames(nusantara);
const allPods = ["10.10.0.0/16", "10.20.0.0/16", "10.30.0.0/16"];
const members = ["core", "reporting"];
const jobs = ["backup", "backup-check", "backup-verify", "certificate-check", "reconcile", "restore", "restore-drill"];

const rendered = new Map<string, CapturedResource[]>();
const tiers = new Map<string, CapturedResource[]>();
beforeAll(async () => {
  for (const city of cities) {
    const { resources } = await renderCity(city);
    rendered.set(city, resources);
    tiers.set(city, within(resources, databases));
  }
});
const tier = (city: string): CapturedResource[] => tiers.get(city) ?? [];

interface Peer {
  ipBlock?: { cidr: string; except?: string[] };
  namespaceSelector?: { matchLabels: Record<string, string> };
  podSelector?: { matchLabels: Record<string, string> };
}

/** A peer in one word; what it excludes comes after a minus. */
function described({ ipBlock, namespaceSelector, podSelector }: Peer): string {
  if (ipBlock) return [ipBlock.cidr, ...(ipBlock.except ?? [])].join(" - ");
  const namespace = namespaceSelector?.matchLabels["kubernetes.io/metadata.name"];
  const pod = podSelector?.matchLabels["app.kubernetes.io/name"];
  return [namespace, pod].filter((part) => part !== undefined).join("/");
}

/** Who may connect to a workload, or whom it may connect to, by port. */
function opened(resources: readonly CapturedResource[], workload: string, way: "ingress" | "egress") {
  const { spec } = objectOf(resources, "NetworkPolicy", workload);
  expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
  const rules = spec[way].flatMap((rule) => {
    const peers = ("from" in rule ? rule.from : rule.to) as Peer[];
    return rule.ports.flatMap(({ port }) => peers.map((peer) => [String(port), described(peer)] as const));
  });
  return Object.fromEntries(
    [...new Set(rules.map(([port]) => port))].map((port) => [
      port,
      rules.flatMap(([each, peer]) => (each === port ? [peer] : [])),
    ]),
  );
}

describe.each(cities)("the data tier of %s on the network", (city) => {
  // Only the own cluster knows which of its pods are those of the tier.
  const callers = cities.map((each, index) => (each === city ? "databases" : allPods[index]));

  test.each(members)(
    "is open to the tier in its own city, to the pods of the others, and to nobody else: %s",
    (name) => {
      expect(opened(tier(city), name, "ingress")).toEqual({
        5432: callers,
        8008: [...callers, "monitoring"],
        8432: callers,
        9187: ["monitoring"],
      });
    },
  );

  test("is open to the tier in its own city, to the pods of the others, and to nobody else: etcd", () => {
    expect(opened(tier(city), "etcd", "ingress")).toEqual({ 2379: callers, 2380: callers, 2381: ["monitoring"] });
  });

  test("has all who call its members and etcd in the city in its own namespace", () => {
    const others = objectsOf(rendered.get(city) ?? [], "NetworkPolicy").filter(
      ({ metadata }) => metadata.namespace !== databases,
    );
    expect(others.length).toBeGreaterThan(0);
    const called = others
      .flatMap(({ spec }) => ("egress" in spec ? spec.egress : []))
      .flatMap(({ ports }) => ports.map(({ port }) => port));
    for (const port of [2379, 2380, 5432, 8008, 8432]) expect(called).not.toContain(port);
  });

  test("reaches members and etcd at their own addresses, which nothing translates", () => {
    for (const name of ["db", "etcd"])
      expect(objectOf(tier(city), "Service", name).spec).toMatchObject({ clusterIP: "None" });
  });

  test("lets the namespaces of its clients come to the poolers, past which there is no other way", () => {
    const client = ["nusantara-mart"];
    expect(opened(tier(city), "entry-points", "ingress")).toEqual({
      6432: client,
      6433: client,
      6434: client,
      8404: ["monitoring"],
      9127: ["monitoring"],
      9128: ["monitoring"],
      9129: ["monitoring"],
    });
  });

  test.each(jobs)("lets nobody come to %s", (name) => {
    expect(opened(tier(city), name, "ingress")).toEqual({});
  });

  test("leaves each pod the way to what it works with, and none beside it", () => {
    const repository = ["0.0.0.0/0 - 10.0.0.0/8 - 172.16.0.0/12 - 192.168.0.0/16 - 100.64.0.0/10 - 169.254.0.0/16"];
    const all = { 2379: allPods, 5432: allPods, 8008: allPods, 8432: allPods, 443: repository };
    for (const name of members) expect(opened(tier(city), name, "egress")).toEqual(all);
    expect(opened(tier(city), "etcd", "egress")).toEqual({ 2379: allPods, 2380: allPods });
    expect(opened(tier(city), "entry-points", "egress")).toEqual({ 5432: allPods, 8008: allPods });
    expect(opened(tier(city), "restore", "egress")).toEqual(all);
    const drill = { 5432: allPods, 8008: allPods, 8432: allPods, 443: repository };
    expect(opened(tier(city), "restore-drill", "egress")).toEqual(drill);
    for (const name of ["backup", "backup-check", "backup-verify"])
      expect(opened(tier(city), name, "egress")).toEqual({ 8432: allPods, 443: repository });
    expect(opened(tier(city), "certificate-check", "egress")).toEqual({});
    const nodes = nusantara.cities[city as keyof typeof nusantara.cities].network.nodes;
    expect(opened(tier(city), "reconcile", "egress")).toEqual({
      2379: allPods,
      5432: allPods,
      8008: allPods,
      443: [nodes],
    });
  });

  test("has a policy for every pod, and is closed where none says otherwise", () => {
    const policies = objectsOf(tier(city), "NetworkPolicy");
    const names = policies.map(({ metadata }) => metadata.name);
    expect(names).toEqual([...members, ...jobs, "allow-dns", "default-deny", "entry-points", "etcd"].sort());
    expect(objectOf(tier(city), "NetworkPolicy", "default-deny").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    for (const [, { metadata }] of podTemplatesOf(tier(city))) {
      const own = policies.filter(({ spec }) => {
        const labels = Object.entries((spec.podSelector as Peer["podSelector"])?.matchLabels ?? {});
        return labels.length > 0 && labels.every(([key, value]) => metadata.labels[key] === value);
      });
      expect(own).toHaveLength(1);
    }
  });

  test("opens no port that no container listens on", () => {
    for (const [name, { metadata, spec }] of podTemplatesOf(tier(city))) {
      const policy = metadata.labels["app.kubernetes.io/name"] ?? name;
      const listening = spec.containers.flatMap(({ ports }) =>
        ((ports as typeof ports | undefined) ?? []).map(({ containerPort }) => String(containerPort)),
      );
      expect(listening).toEqual(expect.arrayContaining(Object.keys(opened(tier(city), policy, "ingress"))));
    }
  });
});

test("what goes between cities is counted to the link of the databases (M18)", () => {
  const between = [...members, "etcd"].flatMap((name) => {
    const ports = Object.entries(opened(tier("jakarta"), name, "ingress"));
    return ports.flatMap(([port, peers]) => (peers.includes("10.20.0.0/16") ? [Number(port)] : []));
  });
  expect(databasePorts).toEqual(expect.arrayContaining(between));
});

test("repositories on the cities' own networks are reached there alone, at their port", async () => {
  const { resources } = await renderCity("bandung", {
    "nusantara:network": { nodes: "10.51.0.0/16", pods: "10.50.0.0/16" },
    "nusantara:database": { backup: { endpoint: "s3.{city}.nusantara.internal", port: 7480, uriStyle: "path" } },
  });
  const pods = ["10.10.0.0/16", "10.50.0.0/16", "10.30.0.0/16"];
  for (const name of [...members, "restore"]) {
    expect(opened(within(resources, databases), name, "egress")).toEqual({
      2379: pods,
      5432: pods,
      8008: pods,
      8432: pods,
      7480: ["10.11.0.0/16", "10.51.0.0/16", "10.31.0.0/16"],
    });
  }
});
