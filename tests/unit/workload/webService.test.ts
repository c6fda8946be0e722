import { WebService, type WebServiceArgs } from "../../../components/workload/index.js";
import type { CapturedResource } from "../../../local/render/capture.js";
import { workload } from "../../support/bundles.js";
import { containerOf, objectOf, objectsOf, podTemplateOf } from "../../support/objects.js";
import { register } from "../../support/register.js";

const webService = (changes: Partial<WebServiceArgs> = {}): Promise<CapturedResource[]> =>
  register(
    (provider) =>
      new WebService("order", { ...workload, scaling: { minimum: 2, maximum: 4 }, ...changes }, { provider }),
  );

const ingress = { hosts: ["api.example.com", "api.jakarta.example.com"], tlsSecretName: "certificate" };

describe("a WebService", () => {
  test("is not public unless it is told so", async () => {
    expect(objectsOf(await webService(), "Ingress")).toEqual([]);
  });

  test("is public under its hosts, with TLS for each of them (M4)", async () => {
    const { spec } = objectOf(await webService({ ingress }), "Ingress");
    expect(spec).toMatchObject({
      ingressClassName: "nginx",
      tls: [{ hosts: ingress.hosts, secretName: "certificate" }],
    });
    expect(spec.rules.map(({ host }) => host)).toEqual(ingress.hosts);
    for (const { http } of spec.rules) {
      expect(http.paths).toEqual([
        { path: "/", pathType: "Prefix", backend: { service: { name: "order", port: { name: "http" } } } },
      ]);
    }
  });

  test("lets the ingress controller in when it is public, and only then", async () => {
    const controller = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } };
    const rule = { from: [controller], ports: [{ port: 8080, protocol: "TCP" }] };
    expect(objectOf(await webService({ ingress }), "NetworkPolicy").spec.ingress).toContainEqual(rule);
    expect(objectOf(await webService(), "NetworkPolicy").spec.ingress).not.toContainEqual(rule);
  });

  test("opens its policy to the callers and callees that it names", async () => {
    const resources = await webService({
      callers: [{ workload: "api-gateway", partOf: "nusantara-mart", port: 8080 }],
      callees: [{ cidr: "203.0.113.0/24", port: 443 }],
    });
    const { ingress: from, egress } = objectOf(resources, "NetworkPolicy").spec;
    expect(from).toMatchObject([
      { from: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "api-gateway" } } }] },
      { from: [{ namespaceSelector: {} }], ports: [{ port: 9090 }] },
    ]);
    expect(egress).toEqual([
      { to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] },
    ]);
  });

  test("serves on the port and the health path that it is given", async () => {
    const resources = await webService({ port: 3000, healthPath: "/healthz" });
    expect(containerOf(podTemplateOf(resources))).toMatchObject({
      ports: [{ name: "http", containerPort: 3000 }, { name: "metrics" }],
      readinessProbe: { httpGet: { path: "/healthz", port: "http" } },
    });
    expect(objectOf(resources, "Service").spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ name: "http", port: 3000, targetPort: "http" }, { name: "metrics" }],
    });
  });

  test("without metrics has no port, no annotation and no opening for them", async () => {
    const resources = await webService({ metricsPort: false });
    expect(podTemplateOf(resources).metadata).toMatchObject({ annotations: {} });
    expect(objectOf(resources, "Service").spec.ports).toMatchObject([{ name: "http" }]);
    expect(objectOf(resources, "NetworkPolicy").spec.ingress).toEqual([]);
  });

  test("runs the very image whose digest is pinned", async () => {
    const digest = `sha256:${"0a".repeat(32)}`;
    const resources = await webService({ image: { ...workload.image, digest } });
    expect(containerOf(podTemplateOf(resources)).image).toBe(`registry.example.com/order:1.4.2@${digest}`);
  });

  test("finishes the requests that reach it while it is taken out of the Service", async () => {
    const template = podTemplateOf(await webService({ terminationGracePeriodSeconds: 60 }));
    expect(containerOf(template).lifecycle).toEqual({ preStop: { sleep: { seconds: 5 } } });
    expect(template.spec.terminationGracePeriodSeconds).toBe(60);
  });

  test("writes only to the directories that it names, each with a volume and a limit of its own", async () => {
    const directories = { "/tmp": "64Mi", "/var/cache/App_1": "1Gi", "/srv/data/": "8Mi" };
    const template = podTemplateOf(await webService({ writableDirectories: directories, secrets: { key: "value" } }));

    const mounts = containerOf(template).volumeMounts;
    const names = template.spec.volumes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    for (const [mountPath, sizeLimit] of Object.entries(directories)) {
      const name = mounts.find((mount) => mount.mountPath === mountPath)?.name;
      expect(template.spec.volumes).toContainEqual({ name, emptyDir: { sizeLimit } });
    }
  });
});
