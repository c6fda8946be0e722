import {
  clusterDns,
  hostnameAnnotation,
  zoneFile,
  zoneRecords,
  type DnsArgs,
  type ZoneRecord,
} from "../../../../local/nodes/dns.js";
import type { Manifest } from "../../../../local/render/manifests.js";

const service = (names: string | undefined, spec?: object): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "gateway", ...(names !== undefined && { annotations: { [hostnameAnnotation]: names } }) },
  ...(spec && { spec }),
});
const at = (clusterIP: string) => ({ clusterIP });

describe("the names of the private zone", () => {
  test("are those that Services ask for, with the address of the Service", () => {
    const records = zoneRecords([service("api.jakarta.nusantara.internal", at("10.110.0.20"))]);
    expect(records).toEqual([{ name: "api.jakarta.nusantara.internal", address: "10.110.0.20" }]);
  });

  test("are no names of other zones, however they end", () => {
    const names = [
      "api.nusantaramart.co.id",
      "nusantara.internal",
      "fakenusantara.internal",
      "a.nusantara.internal.com",
    ];
    expect(zoneRecords(names.map((name) => service(name, at("10.110.0.20"))))).toEqual([]);
  });

  test("may be several of one Service, with blanks between them", () => {
    const records = zoneRecords([
      service("b.nusantara.internal , a.nusantara.internal,example.com", at("10.110.0.20")),
    ]);
    expect(records.map(({ name }) => name)).toEqual(["a.nusantara.internal", "b.nusantara.internal"]);
  });

  test("come in the same order whatever order the Services come in, by name and then by address", () => {
    const services = [
      service("b.nusantara.internal", at("10.110.0.9")),
      service("a.nusantara.internal", at("10.120.0.8")),
      service("a.nusantara.internal", at("10.110.0.7")),
    ];
    const records = zoneRecords(services);
    expect(records.map(({ address }) => address)).toEqual(["10.110.0.7", "10.120.0.8", "10.110.0.9"]);
    expect(zoneRecords(services.toReversed())).toEqual(records);
  });

  test.each([
    ["headless", at("None")],
    ["without an address yet", at("")],
    ["of a kind that has none", {}],
    ["without a specification", undefined],
  ])("are none of a Service that is %s", (_, spec) => {
    expect(zoneRecords([service("a.nusantara.internal", spec)])).toEqual([]);
  });

  test("are none of a Service that asks for none", () => {
    expect(zoneRecords([service(undefined, at("10.110.0.20")), service("", at("10.110.0.20"))])).toEqual([]);
  });

  test("are written as a file of hosts: address first, one a line", () => {
    expect(zoneFile([{ name: "a.nusantara.internal", address: "10.110.0.7" }])).toBe(
      "10.110.0.7 a.nusantara.internal\n",
    );
    expect(zoneFile([])).toBe("");
  });
});

const records: ZoneRecord[] = [{ name: "api.jakarta.nusantara.internal", address: "10.110.0.20" }];
const args: DnsArgs = { city: "bandung", address: "10.120.0.10", image: "ghcr.io/x/coredns:1.0.0", records };

interface Fields {
  apiVersion: string;
  metadata: Manifest["metadata"];
  data: Record<string, string>;
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  spec: {
    clusterIP?: string;
    replicas?: number;
    minAvailable?: number;
    selector: { matchLabels: Record<string, string> } & Record<string, string>;
    ports: { port: number; targetPort: number; protocol: string }[];
    template: {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> };
      spec: {
        securityContext: object;
        containers: {
          image: string;
          args: string[];
          securityContext: object;
          ports: { containerPort: number; protocol: string }[];
          resources: { requests: object; limits: object };
          readinessProbe: { httpGet: { port: number } };
          livenessProbe: { httpGet: { port: number } };
          volumeMounts: { name: string; mountPath: string }[];
        }[];
        volumes: { name: string; configMap: { name: string } }[];
      };
    };
  };
}

const objectOf = (kind: string, changes: Partial<DnsArgs> = {}): Fields => {
  const found = clusterDns({ ...args, ...changes }).find((manifest) => manifest.kind === kind);
  if (!found) throw new Error(`there is no ${kind}`);
  return found as unknown as Fields;
};
const deployment = (changes?: Partial<DnsArgs>) => objectOf("Deployment", changes);
const container = (changes?: Partial<DnsArgs>) => {
  const [first] = deployment(changes).spec.template.spec.containers;
  if (!first) throw new Error("there is one");
  return first;
};

describe("the DNS of a city", () => {
  test("answers at the address that pods are told, for UDP and TCP, where its pods listen", () => {
    const { spec } = objectOf("Service");
    expect(spec.clusterIP).toBe("10.120.0.10");
    expect(spec.ports.map(({ port, protocol }) => [port, protocol])).toEqual([
      [53, "UDP"],
      [53, "TCP"],
    ]);
    const listening = container().ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
    for (const { targetPort, protocol } of spec.ports) expect(listening).toContain(`${targetPort}/${protocol}`);
    expect(objectOf("ConfigMap").data.Corefile).toMatch(/^\.:1053 \{/);
  });

  test("has the private zone in a file that its configuration reads", () => {
    const { Corefile, zone } = objectOf("ConfigMap").data;
    expect(zone).toBe(zoneFile(records));
    const [mount] = container().volumeMounts;
    expect(Corefile).toContain(`hosts ${mount?.mountPath ?? "none"}/zone nusantara.internal {`);
    expect(container().args).toEqual(["-conf", `${mount?.mountPath ?? "none"}/Corefile`]);
    const [volume] = deployment().spec.template.spec.volumes;
    expect(volume?.configMap.name).toBe(objectOf("ConfigMap").metadata.name);
  });

  test("probes ports that its configuration opens", () => {
    const { Corefile = "" } = objectOf("ConfigMap").data;
    expect(Corefile).toContain(`health :${container().livenessProbe.httpGet.port} {`);
    expect(Corefile).toContain(`ready :${container().readinessProbe.httpGet.port}\n`);
  });

  test("rolls its pods when the zone changes, and nothing of them but an annotation changes", () => {
    const changed = { records: [...records, { name: "api.bandung.nusantara.internal", address: "10.120.0.20" }] };
    const annotation = (changes?: Partial<DnsArgs>) => deployment(changes).spec.template.metadata.annotations;
    expect(annotation(changed)).not.toEqual(annotation());
    const others = (changes?: Partial<DnsArgs>) =>
      clusterDns({ ...args, ...changes })
        .filter(({ kind }) => kind !== "ConfigMap")
        .map((manifest) => JSON.stringify(manifest).replace(JSON.stringify(annotation(changes)), "{}"));
    expect(others(changed)).toEqual(others());
  });

  test("does not roll its pods for anything that they do not read", () => {
    const annotation = (changes?: Partial<DnsArgs>) => deployment(changes).spec.template.metadata.annotations;
    expect(annotation({ records: records.map((record) => ({ ...record })) })).toEqual(annotation());
    expect(annotation({ address: "10.120.0.11" })).toEqual(annotation());
  });

  test("labels every object with what it is part of and its city", () => {
    for (const { metadata } of clusterDns(args)) {
      expect(metadata.labels).toMatchObject({
        "app.kubernetes.io/name": "coredns",
        "app.kubernetes.io/part-of": "local-platform",
        "app.kubernetes.io/managed-by": "nusantara",
        "nusantara.io/city": "bandung",
        // Network policies let pods ask the DNS by this one.
        "k8s-app": "kube-dns",
      });
    }
    expect(deployment().spec.template.metadata.labels).toEqual(deployment().metadata.labels);
  });

  test("runs as Pod Security restricted demands, with requests and limits", () => {
    expect(deployment().spec.template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container().securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container().resources).toMatchObject({ requests: {}, limits: { memory: "128Mi" } });
    // Below 1024 a program without capabilities can't listen.
    for (const { containerPort } of container().ports) expect(containerPort).toBeGreaterThan(1023);
  });

  test("survives the drain of a node, and does not stand in its way", () => {
    const { spec } = objectOf("PodDisruptionBudget");
    expect(spec.minAvailable).toBeGreaterThan(0);
    expect(spec.minAvailable).toBeLessThan(deployment().spec.replicas ?? 0);
    expect(spec.selector.matchLabels).toEqual(deployment().spec.selector.matchLabels);
    expect(deployment().spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  });

  test("may look at what it answers for and change nothing", () => {
    const { rules } = objectOf("ClusterRole");
    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(["list", "watch"]));
    expect(rules.flatMap(({ resources }) => resources).sort()).toEqual([
      "endpointslices",
      "namespaces",
      "pods",
      "services",
    ]);
  });
});
