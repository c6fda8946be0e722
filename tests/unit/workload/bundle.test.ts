import type { CapturedResource } from "../../../local/render/capture.js";
import { bundleNames, bundles, namespaceBundle, type Bundle } from "../../support/bundles.js";
import { containerOf, objectOf, objectsOf, podTemplateOf, type Kind } from "../../support/objects.js";

interface Whole {
  /** Kinds of the bundle, one object each unless a number says otherwise. */
  objects: Partial<Record<Kind, number>>;
  /** Whether there are several replicas to keep apart. */
  replicated: boolean;
  probed: boolean;
  scraped: boolean;
}

const beside = { ServiceAccount: 1, NetworkPolicy: 1 };
const replicas = { Deployment: 1, Service: 1, PodDisruptionBudget: 1, HorizontalPodAutoscaler: 1 };

/** What makes a bundle of each kind whole (design, section 5). */
const whole: Record<Bundle, Whole> = {
  WebService: { objects: { ...beside, ...replicas }, replicated: true, probed: true, scraped: true },
  Worker: { objects: { ...beside, ...replicas }, replicated: true, probed: false, scraped: true },
  Job: { objects: { ...beside, Job: 1 }, replicated: false, probed: false, scraped: false },
  CronJob: { objects: { ...beside, CronJob: 1 }, replicated: false, probed: false, scraped: false },
  Toolbox: { objects: { ...beside, Deployment: 1 }, replicated: false, probed: false, scraped: false },
  DaemonSet: { objects: { ...beside, DaemonSet: 1, Service: 1 }, replicated: false, probed: false, scraped: true },
};

const labels = {
  "app.kubernetes.io/name": "order",
  "app.kubernetes.io/component": "backend",
  "app.kubernetes.io/part-of": "nusantara-mart",
  "app.kubernetes.io/managed-by": "nusantara",
  "nusantara.io/city": "jakarta",
};
const selector = { "app.kubernetes.io/name": "order", "app.kubernetes.io/part-of": "nusantara-mart" };

interface Named {
  kind: Kind;
  metadata: { name?: string; namespace?: string; labels?: Record<string, string> };
}

const objects = (resources: readonly CapturedResource[]): Named[] =>
  resources.filter(({ custom }) => custom).map(({ inputs }) => inputs as unknown as Named);

function countKinds(resources: readonly CapturedResource[]): Partial<Record<Kind, number>> {
  const counts: Partial<Record<Kind, number>> = {};
  for (const { kind } of objects(resources)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

describe.each(bundleNames)("a %s is a whole bundle", (name) => {
  const expected = whole[name];
  let resources: CapturedResource[] = [];
  beforeAll(async () => {
    resources = await bundles[name]();
  });

  test("with every object that belongs to it and no other", () => {
    expect(countKinds(resources)).toEqual(expected.objects);
  });

  test("whose objects are all in its namespace and carry every label", () => {
    for (const { metadata } of objects(resources)) expect(metadata).toMatchObject({ namespace: "shop", labels });
    expect(podTemplateOf(resources).metadata.labels).toEqual(labels);
  });

  test("made by the given provider, below the component", () => {
    for (const { provider, parent, custom } of resources) {
      if (!custom) continue;
      expect(provider).toContain("pulumi:providers:kubernetes::test");
      expect(parent).toContain(`nusantara:workload:${name}::order`);
    }
  });

  test("that runs under an account of its own without a token", () => {
    expect(objectOf(resources, "ServiceAccount")).toMatchObject({
      metadata: { name: "order" },
      automountServiceAccountToken: false,
    });
    expect(podTemplateOf(resources).spec).toMatchObject({
      serviceAccountName: "order",
      automountServiceAccountToken: false,
    });
  });

  test("that is closed but for the metrics collector", () => {
    const { spec } = objectOf(resources, "NetworkPolicy");
    expect(spec).toMatchObject({ podSelector: { matchLabels: selector }, policyTypes: ["Ingress", "Egress"] });
    expect(spec.egress).toEqual([]);
    const collector = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }];
    expect(spec.ingress).toEqual(
      expected.scraped ? [{ from: collector, ports: [{ port: 9090, protocol: "TCP" }] }] : [],
    );
  });

  test("hardened, with requests and limits, from a fixed image", () => {
    const template = podTemplateOf(resources);
    expect(template.spec).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      enableServiceLinks: false,
    });
    expect(containerOf(template)).toMatchObject({
      image: "registry.example.com/order:1.4.2",
      resources: { requests: { cpu: "250m", memory: "128Mi" }, limits: { cpu: "1", memory: "256Mi" } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    });
  });

  test(`that ${expected.replicated ? "spreads its replicas over hosts and zones" : "has no replicas to spread"}`, () => {
    const { affinity, topologySpreadConstraints } = podTemplateOf(resources).spec as Partial<
      ReturnType<typeof podTemplateOf>["spec"]
    >;
    if (!expected.replicated) {
      expect([affinity, topologySpreadConstraints]).toEqual([undefined, undefined]);
      return;
    }
    expect(topologySpreadConstraints).toMatchObject([
      { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: selector } },
      { topologyKey: "topology.kubernetes.io/zone", labelSelector: { matchLabels: selector } },
    ]);
  });

  test(`that ${expected.probed ? "answers three probes on /check" : "answers no HTTP probes"}`, () => {
    const container = containerOf(podTemplateOf(resources));
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
      if (expected.probed) expect(container[probe]).toMatchObject({ httpGet: { path: "/check", port: "http" } });
      else expect(container).not.toHaveProperty(probe);
    }
  });

  test(`that ${expected.scraped ? "says where its metrics are" : "is gone too soon to be scraped"}`, () => {
    const { annotations = {} } = podTemplateOf(resources).metadata as { annotations?: Record<string, string> };
    const scrape = { "prometheus.io/scrape": "true", "prometheus.io/port": "9090", "prometheus.io/path": "/metrics" };
    expect(annotations).toEqual(expected.scraped ? scrape : {});
    for (const { spec } of objectsOf(resources, "Service")) {
      expect(spec.selector).toEqual(selector);
      expect(spec.ports).toContainEqual({ name: "metrics", port: 9090, targetPort: "metrics", protocol: "TCP" });
    }
  });

  test("whose workload waits for the objects that its pods need", () => {
    const [runner] = resources.filter(({ type }) => /^kubernetes:.*:(Deployment|DaemonSet|Job|CronJob)$/.test(type));
    const needed = resources.filter(({ type }) => /^kubernetes:.*:(ServiceAccount|NetworkPolicy)$/.test(type));
    expect(runner?.dependencies).toEqual(needed.map(({ urn }) => urn).sort());
  });
});

describe("a Namespace is a whole bundle", () => {
  let resources: CapturedResource[] = [];
  beforeAll(async () => {
    resources = await namespaceBundle();
  });

  test("with quota, limits and policies", () => {
    expect(countKinds(resources)).toEqual({ Namespace: 1, ResourceQuota: 1, LimitRange: 1, NetworkPolicy: 2 });
    for (const { kind, metadata } of objects(resources)) {
      expect(metadata.labels).toMatchObject({
        "app.kubernetes.io/part-of": "shop",
        "app.kubernetes.io/managed-by": "nusantara",
        "nusantara.io/city": "jakarta",
      });
      expect([kind, metadata.namespace]).toEqual([kind, kind === "Namespace" ? undefined : "shop"]);
    }
  });

  test("that enforces Pod Security restricted", () => {
    expect(objectOf(resources, "Namespace").metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
      "pod-security.kubernetes.io/audit": "restricted",
    });
  });

  test("that bounds the sum of its pods, and each container that says nothing", () => {
    expect(objectOf(resources, "ResourceQuota").spec.hard).toEqual({
      "requests.cpu": "4",
      "requests.memory": "4Gi",
      "limits.cpu": "8",
      "limits.memory": "8Gi",
      pods: "20",
    });
    expect(objectOf(resources, "LimitRange").spec.limits).toEqual([
      {
        type: "Container",
        defaultRequest: { cpu: "50m", memory: "64Mi" },
        default: { cpu: "200m", memory: "256Mi" },
      },
    ]);
  });

  test("that denies all traffic but DNS", () => {
    expect(objectOf(resources, "NetworkPolicy", "default-deny").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    const { egress } = objectOf(resources, "NetworkPolicy", "allow-dns").spec;
    expect(egress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([53, 53]);
  });
});
