import type { CapturedStack } from "../../../local/render/capture.js";
import type { StackSettings } from "../../../local/render/stackFile.js";
import { changesBetween } from "../../support/changes.js";
import { renderCity } from "../../support/city.js";
import { objectOf, objectsOf, podTemplatesOf, within } from "../../support/objects.js";

const services = ["api-gateway", "inventory", "order", "payment", "report"];

let before: CapturedStack;
beforeAll(async () => {
  before = await renderCity("jakarta");
});

/** Settings of the system, with what is said of some services in place of the stack file's two replicas each. */
const mart = (changes: Record<string, object | undefined>): StackSettings => ({
  "nusantara:nusantaraMart": {
    registry: "ghcr.io/nusantaramart",
    services: { ...Object.fromEntries(services.map((name) => [name, { replicas: 2 }])), ...changes },
  },
});

const changesOf = async (settings: StackSettings) => changesBetween(before, await renderCity("jakarta", settings));

const inNamespace = (kind: string, name: string): string => `${kind} nusantara-mart/${name}`;

/** Objects of a workload by its name. */
const own = (name: string, ...kinds: string[]): string[] => [
  inNamespace("ConfigMap", `${name}-config`),
  ...["NetworkPolicy", "ServiceAccount", ...kinds].map((kind) => inNamespace(kind, name)),
];
const ownOfService = (name: string, ...kinds: string[]): string[] => [
  ...own(name, "Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Service", ...kinds),
  inNamespace("Secret", `${name}-secrets`),
];

describe("removing a service from the stack removes its own objects and leaves all others as they are", () => {
  test.each([
    ["order", ownOfService("order")],
    ["payment", ownOfService("payment")],
    ["inventory", ownOfService("inventory")],
    ["api-gateway", ownOfService("api-gateway", "Ingress")],
    ["report", [...ownOfService("report"), ...own("report-aggregation", "CronJob")]],
  ])("%s", async (name, objects) => {
    expect(await changesOf(mart({ [name]: undefined }))).toEqual({ added: [], removed: objects.sort(), changed: [] });
  });
});

describe("a change of one service changes just what it says", () => {
  test("replicas: the least number of its autoscaler", async () => {
    const after = await renderCity("jakarta", mart({ order: { replicas: 3 } }));
    const autoscaler = inNamespace("HorizontalPodAutoscaler", "order");
    expect(changesBetween(before, after)).toEqual({ added: [], removed: [], changed: [autoscaler] });
    const [old, next] = [before, after].map(({ resources }) => objectOf(resources, "HorizontalPodAutoscaler", "order"));
    expect(next).toEqual({ ...old, spec: { ...old?.spec, minReplicas: 3 } });
  });

  test("a single replica: its disruption budget goes too", async () => {
    expect(await changesOf(mart({ order: { replicas: 1 } }))).toEqual({
      added: [],
      removed: [inNamespace("PodDisruptionBudget", "order")],
      changed: [inNamespace("HorizontalPodAutoscaler", "order")],
    });
  });

  test("a release: its Deployment", async () => {
    expect(await changesOf(mart({ payment: { replicas: 2, version: "1.2.0" } }))).toEqual({
      added: [],
      removed: [],
      changed: [inNamespace("Deployment", "payment")],
    });
  });

  test("a release of order, whose image has the schema: its Deployment, and a migration in place of the last one", async () => {
    const migration = expect.stringMatching(/^Job nusantara-mart\/schema-migration-[0-9a-f]{10}$/) as string;
    expect(await changesOf(mart({ order: { replicas: 2, version: "1.2.0" } }))).toEqual({
      added: [migration],
      removed: [migration],
      changed: [inNamespace("Deployment", "order")],
    });
  });

  test("nothing: nothing", async () => {
    expect(await changesOf(mart({}))).toEqual({ added: [], removed: [], changed: [] });
  });
});

describe("a change of the surroundings", () => {
  test("credentials of a private registry reach every workload that pulls an image, as a secret", async () => {
    const { resources } = await renderCity("jakarta", {
      "nusantara:registryCredentials": {
        server: "registry.example.com",
        username: "robot",
        password: { secure: "v1:abc" },
      },
    });
    for (const namespace of ["nusantara-mart", "databases"]) {
      const inside = within(resources, namespace);
      expect(objectOf(inside, "Secret", "registry-credentials")).toMatchObject({
        type: "kubernetes.io/dockerconfigjson",
        data: { ".dockerconfigjson": "[secret]" },
      });
      const credentials = podTemplatesOf(inside).map(([name, { spec }]) => [name, spec.imagePullSecrets]);
      expect(credentials.length).toBeGreaterThan(5);
      expect(credentials).toEqual(credentials.map(([name]) => [name, [{ name: "registry-credentials" }]]));
    }
  });

  test("without node pools workloads run on any node, and share one if they must", async () => {
    const { resources } = await renderCity("jakarta", { "nusantara:nodePools": {} });
    const deployments = objectsOf(resources, "Deployment");
    expect(deployments.map(({ metadata }) => metadata.name)).toContain("order");
    for (const { spec } of deployments) {
      expect(spec.template.spec).not.toHaveProperty("nodeSelector");
      // The one for people has no replicas to spread.
      if (spec.replicas === 0) continue;
      expect(spec.template.spec.topologySpreadConstraints).toMatchObject([
        { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
        { topologyKey: "topology.kubernetes.io/zone" },
      ]);
    }
  });
});
