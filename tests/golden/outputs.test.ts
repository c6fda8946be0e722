import { cityOutputsSchema, sharedSecretsSchema } from "../../stacks/outputs.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { localPlatform } from "../../local/platform.js";
import { renderCity } from "../../local/render/city.js";
import { manifestsOf } from "../../local/render/manifests.js";
import { redactSecrets, unwrapSecrets } from "../../local/render/secrets.js";

const platform = localPlatform({});

/** Every value in an object, however deep. */
const leaves = (value: unknown): unknown[] =>
  typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [value];

describe.each(cityNames(nusantara))("outputs of %s, the contract with pipelines", (city) => {
  test("have the form of the contract, and nothing beside it", async () => {
    const { outputs } = await renderCity(platform, city);
    const parsed = cityOutputsSchema.parse(unwrapSecrets(outputs));
    expect(parsed).toMatchObject({
      city,
      contractVersion: 1,
      kubeconfigContext: `kwok-${city}`,
      apiHost: "api.nusantaramart.co.id",
      ingressHost: `api.${city}.nusantaramart.co.id`,
      namespaces: { "nusantara-mart": "nusantara-mart" },
    });
    expect(Object.keys(parsed.services).sort()).toEqual(["api-gateway", "inventory", "order", "payment", "report"]);
    expect(Object.keys(parsed.endpoints).sort()).toEqual(Object.keys(parsed.services).sort());
  });

  test("name what really runs: image, Deployment, namespace and Service of each service", async () => {
    const stack = await renderCity(platform, city);
    const { services, endpoints } = cityOutputsSchema.parse(unwrapSecrets(stack.outputs));
    const manifests = manifestsOf(stack, redactSecrets);
    const find = (kind: string, name: string) =>
      manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
    for (const [name, service] of Object.entries(services)) {
      const deployment = find("Deployment", service.deployment);
      expect(deployment?.metadata.namespace).toBe(service.namespace);
      expect(deployment).toMatchObject({ spec: { template: { spec: { containers: [{ image: service.image }] } } } });
      expect(find("HorizontalPodAutoscaler", name)).toMatchObject({
        spec: { minReplicas: service.replicas.minimum, maxReplicas: service.replicas.maximum },
      });
      expect(find("Service", name)).toMatchObject({ spec: { ports: [{ port: endpoints[name]?.port }, {}] } });
      expect(endpoints[name]?.host).toBe(`${name}.${service.namespace}.svc.cluster.local`);
    }
  });

  test("keep what the cities share secret", async () => {
    const { outputs } = await renderCity(platform, city);
    const visible = redactSecrets(outputs) as Record<string, unknown>;
    expect(Object.keys(visible.sharedSecrets as object).sort()).toEqual(Object.keys(sharedSecretsSchema.shape).sort());
    expect(new Set(leaves(visible.sharedSecrets))).toEqual(new Set(["[secret]"]));
    expect(visible.apiHost).toBe("api.nusantaramart.co.id");
  });
});
