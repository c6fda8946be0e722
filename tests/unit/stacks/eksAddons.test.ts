import type { CapturedResource, CapturedStack } from "../../../local/render/capture.js";
import { chartSource, ingressPorts } from "../../../components/platform/index.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { versions } from "../../../stacks/versions.js";
import { byUrn, comesAfter, customResources, ofType, theOne, urnOf } from "../../support/aws.js";
import { renderProduction } from "../../support/city.js";
import { objectOf, within } from "../../support/objects.js";

const cities = cityNames(nusantara);
const renders = new Map<string, CapturedStack>();
beforeAll(async () => {
  for (const city of cities) renders.set(city, await renderProduction(city));
}, 240_000);
const rendered = (city: string): CapturedResource[] => renders.get(city)?.resources ?? [];

interface Release {
  chart: string;
  version: string;
  namespace: string;
  repositoryOpts?: { repo: string };
  values: Record<string, unknown>;
}
const releases = (resources: readonly CapturedResource[]): Map<string, Release> =>
  new Map(
    resources
      .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
      .map(({ inputs }) => [String(inputs.name), inputs as unknown as Release]),
  );
function valuesOf(resources: readonly CapturedResource[], chart: string): Record<string, unknown> {
  const found = releases(resources).get(chart);
  if (!found) throw new Error(`there is no release of ${chart}`);
  return found.values;
}
/** The chart of a release, where it has another name. */
const chartOf = (release: string) => release.replace(/^istio-/, "") as keyof typeof versions.charts;
describe.each(cities)("the charts of %s", (city) => {
  test("are all there, pinned, and in namespaces of ours", () => {
    expect(
      [...releases(rendered(city))].map(([name, { version, namespace }]) => [name, version, namespace]).sort(),
    ).toEqual(
      [
        ["aws-load-balancer-controller", "kube-system"],
        ["cert-manager", "cert-manager"],
        ["cluster-autoscaler", "kube-system"],
        ["external-dns", "external-dns"],
        ["ingress-nginx", "ingress-nginx"],
        ["istio-base", "istio-system"],
        ["istio-cni", "istio-system"],
        ["istiod", "istio-system"],
        ["tigera-operator", "tigera-operator"],
        ["ztunnel", "istio-system"],
      ].map(([name = "", namespace]) => [name, versions.charts[chartOf(name)], namespace]),
    );
    const { base, istiod, cni, ztunnel } = versions.charts;
    expect(new Set([base, istiod, cni, ztunnel]).size).toBe(1);
    const crds = rendered(city).find(({ type }) => type === "kubernetes:helm.sh/v4:Chart");
    expect(crds?.inputs).toMatchObject({
      chart: "crd.projectcalico.org.v1",
      version: versions.charts["crd.projectcalico.org.v1"],
    });
    expect(versions.charts["crd.projectcalico.org.v1"]).toBe(versions.charts["tigera-operator"]);
  });

  test("run what can stand still for nobody twice", () => {
    const resources = rendered(city);
    for (const chart of ["aws-load-balancer-controller", "cluster-autoscaler", "cert-manager"])
      expect([chart, valuesOf(resources, chart).replicaCount]).toEqual([chart, 2]);
    expect(valuesOf(resources, "ingress-nginx")).toMatchObject({ controller: { replicaCount: 2, minAvailable: 1 } });
    expect(valuesOf(resources, "istiod")).toMatchObject({ autoscaleMin: 2, pdb: { minAvailable: 1 } });
  });

  test("keep the two apart, over hosts and zones", () => {
    const resources = rendered(city);
    const certManager = valuesOf(resources, "cert-manager") as Record<string, Record<string, unknown>>;
    const replicated = [
      ...["aws-load-balancer-controller", "cluster-autoscaler", "cert-manager", "istiod"].map((chart) =>
        valuesOf(resources, chart),
      ),
      certManager.webhook,
      certManager.cainjector,
      valuesOf(resources, "ingress-nginx").controller,
    ];
    for (const values of replicated)
      expect(values).toMatchObject({
        topologySpreadConstraints: [
          { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" },
          { topologyKey: "topology.kubernetes.io/zone" },
        ],
      });
  });
});

test("charts can come from a mirror", async () => {
  const { resources } = await renderProduction("jakarta", {
    "nusantara:charts": { mirror: "oci://registry.example.com/charts/" },
  });
  for (const [name, { chart, repositoryOpts }] of releases(resources)) {
    expect(chart).toBe(`oci://registry.example.com/charts/${chartOf(name)}`);
    expect(repositoryOpts).toBeUndefined();
  }
}, 240_000);

test("a mirror is a registry or a repository", () => {
  expect(chartSource("traefik", {})).toEqual({
    chart: "traefik",
    repositoryOpts: { repo: "https://traefik.github.io/charts" },
  });
  expect(chartSource("traefik", { mirror: "https://charts.example.com" })).toEqual({
    chart: "traefik",
    repositoryOpts: { repo: "https://charts.example.com" },
  });
});

describe.each(cities)("the policy engine of %s", (city) => {
  test("leaves addresses and routes to the VPC CNI", () => {
    expect(customResources(rendered(city), "Installation").map(({ inputs }) => inputs.spec)).toEqual([
      {
        variant: "Calico",
        kubernetesProvider: "EKS",
        cni: { type: "AmazonVPC" },
        calicoNetwork: { bgp: "Disabled", linuxDataplane: "Iptables" },
      },
    ]);
  });

  test("comes up in the only order that works: CRDs, operator, installation, API, policies", () => {
    const resources = rendered(city);
    const order = [
      "calico-crds",
      "calico-operator-release",
      "calico-installation",
      "calico-api-server",
      "calico-default-deny",
    ];
    for (const [index, name] of order.entries()) {
      const resource = resources.find((each) => each.name === name);
      const before = resource ? comesAfter(resource, byUrn(resources)) : new Set<string>();
      expect([...before]).toEqual(expect.arrayContaining(order.slice(0, index).map((each) => urnOf(resources, each))));
    }
  });

  test("is in force before the first pod of a system, and so are all controllers", () => {
    const resources = rendered(city);
    const first = ["calico-default-deny", "ingress-release", "cert-manager-release", "external-dns-release"].map(
      (name) => urnOf(resources, name),
    );
    for (const namespace of ["nusantara-mart", "databases"]) {
      const inside = within(resources, namespace);
      expect(inside.length).toBeGreaterThan(30);
      for (const resource of inside)
        expect([...comesAfter(resource, byUrn(resources))]).toEqual(expect.arrayContaining(first));
    }
  });
});

const classes = (resources: readonly CapturedResource[]) =>
  customResources(resources, "IngressClass").map(({ inputs }) => inputs);

describe.each(cities)("the way into %s", (city) => {
  test("leads from the load balancer to the pods, which a controller enters as targets", () => {
    const resources = rendered(city);
    const bindings = customResources(resources, "TargetGroupBinding");
    const targets = bindings.map(({ inputs }) => (inputs.spec as { targetGroupARN: string }).targetGroupARN);
    expect(targets).toHaveLength(2);
    const controller = urnOf(resources, "load-balancer-controller-release");
    for (const binding of bindings) expect([...comesAfter(binding, byUrn(resources))]).toContain(controller);
    const groups = ofType(resources, "TargetGroup").map(({ inputs }) => inputs.port);
    expect(groups).toEqual(Object.values(ingressPorts("ingress-nginx")));
    const { policy } = theOne(resources, "RolePolicy", "load-balancer-controller-identity-policy").inputs;
    for (const target of targets) expect(policy).toContain(target);
  });

  test("leads nobody to a pod that is not yet, or no longer, there", () => {
    const resources = rendered(city);
    const namespace = objectOf(resources, "Namespace", "ingress-nginx");
    expect(namespace.metadata.labels).toMatchObject({ "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled" });
    const { controller } = valuesOf(resources, "ingress-nginx") as {
      controller: { extraArgs: Record<string, string>; terminationGracePeriodSeconds: number };
    };
    const served = Number(controller.extraArgs["shutdown-grace-period"]);
    for (const { inputs } of ofType(resources, "TargetGroup"))
      expect(served).toBeGreaterThan(Number(inputs.deregistrationDelay));
    expect(controller.terminationGracePeriodSeconds).toBeGreaterThan(served);
  });

  test("can be led elsewhere: a new target group makes a new binding, and one controller goes before the other comes", () => {
    const resources = rendered(city);
    for (const binding of customResources(resources, "TargetGroupBinding"))
      expect(binding).toMatchObject({ replaceOnChanges: ["spec.targetGroupARN"], deleteBeforeReplace: true });
    const chart = resources.find(({ urn }) => urn === urnOf(resources, "ingress-release"));
    expect(chart?.deleteBeforeReplace).toBe(true);
    expect(valuesOf(resources, "ingress-nginx")).toMatchObject({
      controller: { ingressClassResource: { enabled: false } },
    });
    expect(classes(resources)).toMatchObject([
      { metadata: { name: "nginx" }, spec: { controller: "k8s.io/ingress-nginx" } },
    ]);
  });

  test("goes through an ingress controller that is as hard as its last release can be", () => {
    const values = valuesOf(rendered(city), "ingress-nginx");
    expect(values).toMatchObject({
      controller: {
        image: { digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string },
        allowSnippetAnnotations: false,
        enableAnnotationValidations: true,
        config: { "annotations-risk-level": "Low" },
        service: { type: "ClusterIP" },
      },
    });
    const ingress = objectOf(rendered(city), "Ingress");
    expect(
      Object.keys((ingress.metadata.annotations as object | undefined) ?? {}).filter((key) => key.includes("nginx")),
    ).toEqual([]);
  });

  test("has certificates that browsers trust, for the API, the city and reads", () => {
    const [certificate] = customResources(rendered(city), "Certificate");
    expect(certificate?.inputs.spec).toMatchObject({
      secretName: "public-certificate",
      dnsNames: ["api.nusantaramart.co.id", `api.${city}.nusantaramart.co.id`, "read.nusantaramart.co.id"],
      issuerRef: { kind: "ClusterIssuer", name: "letsencrypt" },
    });
    const issuers = customResources(rendered(city), "ClusterIssuer").map(({ inputs }) => inputs);
    expect(issuers).toHaveLength(2);
    expect(issuers[0]).toMatchObject({
      spec: {
        acme: {
          solvers: [
            { selector: { dnsZones: ["nusantaramart.co.id"] }, dns01: { route53: { region: "ap-southeast-3" } } },
            { http01: {} },
          ],
        },
      },
    });
  });
});

test("the way in can go through Traefik, with the same Ingress objects", async () => {
  const { resources } = await renderProduction("jakarta", { "nusantara:ingress": { kind: "traefik" } });
  expect(valuesOf(resources, "traefik")).toMatchObject({
    providers: {
      kubernetesIngressNGINX: { enabled: true, ingressClass: "nginx" },
      kubernetesIngress: { enabled: false },
    },
    service: { spec: { type: "ClusterIP" } },
    ports: {
      web: { transport: { lifeCycle: { requestAcceptGraceTimeout: "90s" } } },
      websecure: { transport: { lifeCycle: { requestAcceptGraceTimeout: "90s" } } },
    },
  });
  expect(classes(resources)).toEqual(classes(rendered("jakarta")));
  expect(releases(resources).has("ingress-nginx")).toBe(false);
  const ports = [8000, 8443];
  expect(ofType(resources, "TargetGroup").map(({ inputs }) => inputs.port)).toEqual(ports);
  const pods = ofType(resources, "SecurityGroupIngressRule").filter(({ name }) => name.endsWith("-pods"));
  expect(pods.map(({ inputs }) => inputs.fromPort)).toEqual(ports);
  const policy = objectOf(within(resources, "ingress-nginx"), "NetworkPolicy", "ingress-controller");
  // A rule without a source is one for everybody.
  const open = policy.spec.ingress.filter((rule) => !Object.keys(rule).includes("from"));
  expect(open.flatMap((rule) => rule.ports.map(({ port }) => port))).toEqual(ports);
  expect(objectOf(resources, "Ingress")).toEqual(objectOf(rendered("jakarta"), "Ingress"));
}, 240_000);

describe.each(cities)("the names of %s", (city) => {
  test("are published into the private zone by a role that has no rights before the zone is there", () => {
    expect(valuesOf(rendered(city), "external-dns")).toMatchObject({
      txtOwnerId: `nusantara-${city}`,
      domainFilters: ["nusantara.internal"],
      extraArgs: { "aws-zone-type": "private" },
      annotationPrefix: "external-dns.alpha.kubernetes.io/",
    });
    const roles = ofType(rendered(city), "Role").map(({ inputs }) => inputs.name);
    expect(roles).toEqual(expect.arrayContaining([`nusantara-${city}-external-dns`, `nusantara-${city}-cert-manager`]));
    const policies = ofType(rendered(city), "RolePolicy").map(({ name }) => name);
    expect(policies.filter((name) => /external-dns|cert-manager/.test(name))).toEqual([]);
  });

  test("live as short as a failover needs", () => {
    for (const name of ["db", "etcd"]) {
      const { metadata } = objectOf(within(rendered(city), "databases"), "Service", name);
      expect(metadata.annotations).toMatchObject({ "external-dns.alpha.kubernetes.io/ttl": "10" });
    }
  });
});
