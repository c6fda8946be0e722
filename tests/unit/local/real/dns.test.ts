import { clusterDns, type DnsArgs } from "../../../../local/nodes/dns.js";
import type { Manifest } from "../../../../local/render/manifests.js";

const args: DnsArgs = {
  city: "bandung",
  address: "10.120.0.10",
  resolver: "10.21.0.1",
  image: "ghcr.io/x/coredns:1.0.0",
};

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

  test("asks the city's resolver for the private zone, and forgets within seconds what it says", () => {
    const { Corefile = "" } = objectOf("ConfigMap").data;
    const [, zone = ""] = Corefile.split("nusantara.internal:1053 {");
    expect(zone).toContain("forward . 10.21.0.1 {");
    // A pod that moved has another address; one that starts was not there a moment ago.
    const seconds = (kind: string) => Number(new RegExp(`${kind} \\d+ (\\d+) 0\n`).exec(zone)?.[1]);
    expect(seconds("success")).toBeLessThanOrEqual(5);
    expect(seconds("denial")).toBeLessThanOrEqual(2);
  });

  test("reads the configuration that is mounted", () => {
    const [mount] = container().volumeMounts;
    expect(container().args).toEqual(["-conf", `${mount?.mountPath ?? "none"}/Corefile`]);
    const [volume] = deployment().spec.template.spec.volumes;
    expect(volume?.configMap.name).toBe(objectOf("ConfigMap").metadata.name);
  });

  test("probes ports that its configuration opens", () => {
    const { Corefile = "" } = objectOf("ConfigMap").data;
    expect(Corefile).toContain(`health :${container().livenessProbe.httpGet.port} {`);
    expect(Corefile).toContain(`ready :${container().readinessProbe.httpGet.port}\n`);
  });

  test("rolls its pods when the resolver is another one, and nothing of them but an annotation changes", () => {
    const changed = { resolver: "10.21.0.2" };
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
