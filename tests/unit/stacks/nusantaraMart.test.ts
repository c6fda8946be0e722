import type { CapturedResource } from "../../../local/render/capture.js";
import { renderCity } from "../../support/city.js";
import { containerOf, objectOf, objectsOf, within } from "../../support/objects.js";

const services = ["api-gateway", "inventory", "order", "payment", "report"];
const backends = ["inventory", "order", "payment", "report"];

let stack: CapturedResource[] = [];
let resources: CapturedResource[] = [];
beforeAll(async () => {
  ({ resources: stack } = await renderCity("jakarta"));
  resources = within(stack, "nusantara-mart");
});

const names = (objects: { metadata: { name: string } }[]): string[] =>
  objects.map(({ metadata }) => metadata.name).sort();

describe("the services of NusantaraMart (M16)", () => {
  test("are the gateway and four stateless services behind it, all in one namespace", () => {
    const deployments = objectsOf(stack, "Deployment").filter(
      ({ metadata }) => metadata.labels["app.kubernetes.io/part-of"] === "nusantara-mart",
    );
    expect(names(deployments)).toEqual(services);
    expect(new Set(deployments.map(({ metadata }) => metadata.namespace))).toEqual(new Set(["nusantara-mart"]));
  });

  test.each(services)("%s keeps two replicas, main and backup, and one of them through every drain", (name) => {
    expect(objectOf(resources, "HorizontalPodAutoscaler", name).spec.minReplicas).toBe(2);
    expect(objectOf(resources, "PodDisruptionBudget", name).spec.minAvailable).toBe(1);
  });

  test.each(services)("%s never has its two replicas on one node", (name) => {
    expect(objectOf(resources, "Deployment", name).spec.template.spec.topologySpreadConstraints).toMatchObject([
      { topologyKey: "kubernetes.io/hostname", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" },
      { topologyKey: "topology.kubernetes.io/zone" },
    ]);
  });

  test.each(services)("%s is asked for its health on /check, and restarted when it hangs (M16)", (name) => {
    expect(containerOf(objectOf(resources, "Deployment", name).spec.template)).toMatchObject({
      readinessProbe: { httpGet: { path: "/check?for=readiness" } },
      livenessProbe: { httpGet: { path: "/check" } },
    });
  });

  test.each(services)("%s grows on CPU and on memory, beyond its two replicas", (name) => {
    const { spec } = objectOf(resources, "HorizontalPodAutoscaler", name);
    expect(spec.metrics.map(({ resource }) => resource.name)).toEqual(["cpu", "memory"]);
    expect(spec.maxReplicas).toBeGreaterThan(2);
  });

  test("run on medium nodes, the reporting ones on light nodes (M2)", () => {
    const classes = objectsOf(resources, "Deployment").map(({ metadata, spec }) => [
      metadata.name,
      spec.template.spec.nodeSelector["nusantara.io/node-class"],
    ]);
    expect(Object.fromEntries(classes)).toEqual({
      "api-gateway": "medium",
      inventory: "medium",
      order: "medium",
      payment: "medium",
      report: "light",
    });
    expect(objectOf(resources, "CronJob").spec.jobTemplate.spec.template.spec.nodeSelector).toEqual({
      "nusantara.io/node-class": "light",
    });
  });
});

describe("the way of a request (M4)", () => {
  const peers = (name: string) => objectOf(resources, "NetworkPolicy", name).spec;
  const workload = (name: string) => ({
    podSelector: { matchLabels: { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "nusantara-mart" } },
  });
  const tcp = (port: number) => [{ port, protocol: "TCP" }];

  test("enters through the gateway alone, with TLS under both names of the city (M5)", () => {
    const { metadata, spec } = objectOf(resources, "Ingress");
    const hosts = ["api.nusantaramart.co.id", "api.jakarta.nusantaramart.co.id"];
    expect(metadata.name).toBe("api-gateway");
    expect(spec.rules.map(({ host }) => host)).toEqual(hosts);
    expect(spec.tls).toEqual([{ hosts, secretName: "public-certificate" }]);
    expect(objectOf(resources, "Secret", "public-certificate")).toMatchObject({
      type: "kubernetes.io/tls",
      data: { "tls.crt": "[secret]", "tls.key": "[secret]" },
    });
  });

  test.each(backends)("reaches %s from the gateway", (name) => {
    expect(peers(name).ingress).toContainEqual({ from: [workload("api-gateway")], ports: tcp(8080) });
    expect(peers("api-gateway").egress).toContainEqual({ to: [workload(name)], ports: tcp(8080) });
  });

  test("is opened on both sides of every call, or on none", () => {
    const policies = objectsOf(resources, "NetworkPolicy").filter(({ spec }) => "matchLabels" in spec.podSelector);
    const named = (peer: object) =>
      (peer as Partial<ReturnType<typeof workload>>).podSelector?.matchLabels["app.kubernetes.io/name"];
    const accepted = policies.flatMap(({ metadata, spec }) =>
      spec.ingress.flatMap(({ from }) => from.map((peer) => `${named(peer) ?? ""} → ${metadata.name}`)),
    );
    const opened = policies.flatMap(({ metadata, spec }) =>
      spec.egress.flatMap(({ to }) => to.map((peer) => `${metadata.name} → ${named(peer) ?? ""}`)),
    );
    const inside = (calls: string[]) => calls.filter((call) => !/^ → | → $/.test(call)).sort();
    expect(inside(opened)).toEqual(inside(accepted));
    expect(inside(opened)).toHaveLength(7);
  });

  test("leaves the cluster for the payment provider alone", () => {
    const outside = objectsOf(resources, "NetworkPolicy").filter(({ spec }) =>
      JSON.stringify(spec).includes("ipBlock"),
    );
    expect(names(outside)).toEqual(["payment"]);
  });

  test("is told to each service by the names of those that it may call, and no others", () => {
    const { data } = objectOf(resources, "ConfigMap", "order-config");
    const ofDatabase = ["DATABASE_PASSWORD_FILE", "DATABASE_READ_URL", "DATABASE_WRITE_URL", "PGSSLROOTCERT"];
    expect(Object.keys(data)).toEqual(expect.arrayContaining(ofDatabase));
    expect(Object.fromEntries(Object.entries(data).filter(([name]) => !ofDatabase.includes(name)))).toEqual({
      SERVICE_NAME: "order",
      CITY: "jakarta",
      LISTEN_PORT: "8080",
      UPSTREAM_PAYMENT: "http://payment:8080",
      UPSTREAM_INVENTORY: "http://inventory:8080",
    });
  });
});

describe("the aggregation of reports (M15)", () => {
  test("runs every quarter of an hour, never twice at a time, never longer than that", () => {
    const { metadata, spec } = objectOf(resources, "CronJob");
    expect(metadata.name).toBe("report-aggregation");
    expect(spec).toMatchObject({
      schedule: "*/15 * * * *",
      concurrencyPolicy: "Forbid",
      jobTemplate: { spec: { activeDeadlineSeconds: 840 } },
    });
  });

  test("may call the report service and nothing else", () => {
    expect(objectOf(resources, "NetworkPolicy", "report-aggregation").spec).toMatchObject({
      ingress: [],
      egress: [{ to: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "report" } } }] }],
    });
  });
});
