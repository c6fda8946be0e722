import type { CapturedStack } from "../../../local/render/capture.js";
import { redactSecrets, unwrapSecrets } from "../../../local/render/secrets.js";
import { cityOutputsSchema, parseSharedSecrets } from "../../../stacks/outputs.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { renderCity } from "../../support/city.js";

const cities = cityNames(nusantara);
const renders = new Map<string, CapturedStack>();
beforeAll(async () => {
  for (const city of cities) renders.set(city, await renderCity(city));
});

function rendered(city: string): CapturedStack {
  const stack = renders.get(city);
  if (!stack) throw new Error(`${city} was not rendered`);
  return stack;
}

describe.each(cities)("the outputs of %s", (city) => {
  test("are what other stacks and pipelines rely on", () => {
    expect(cityOutputsSchema.parse(unwrapSecrets(rendered(city).outputs))).toMatchObject({
      contractVersion: 1,
      city,
      role: city === "jakarta" ? "primary" : "branch",
      failsOverTo: city === "jakarta" ? "bandung" : "jakarta",
      kubeconfigContext: "test",
      apiHost: "api.nusantaramart.co.id",
      ingressHost: `api.${city}.nusantaramart.co.id`,
      namespaces: { "nusantara-mart": "nusantara-mart" },
    });
  });

  test("tell a pipeline what runs of each service, and where it answers (M25)", () => {
    const { services, endpoints } = cityOutputsSchema.parse(unwrapSecrets(rendered(city).outputs));
    expect(Object.keys(services)).toEqual(["api-gateway", "inventory", "order", "payment", "report"]);
    expect(Object.keys(endpoints)).toEqual(Object.keys(services));
    expect(services.order).toEqual({
      image: "ghcr.io/nusantaramart/order:1.1.0",
      version: "1.1.0",
      namespace: "nusantara-mart",
      deployment: "order",
      replicas: { minimum: 2, maximum: 7 },
    });
    expect(endpoints.order).toEqual({
      host: "order.nusantara-mart.svc.cluster.local",
      port: 8080,
      url: "http://order.nusantara-mart.svc.cluster.local:8080",
    });
  });

  test("keep secret what is secret, and nothing else", () => {
    const { sharedSecrets, ...others } = redactSecrets(rendered(city).outputs) as Record<string, unknown>;
    const keyPair = { certificatePem: "[secret]", privateKeyPem: "[secret]" };
    const login = { active: "[secret]", passwords: { a: "[secret]", b: "[secret]" } };
    expect(sharedSecrets).toEqual({
      certificateAuthority: keyPair,
      sessionSigningKey: "[secret]",
      database: {
        authority: keyPair,
        repositoryPassphrase: "[secret]",
        logins: { order: login, payment: login, inventory: login, report: login, migrator: login, drill: login },
      },
    });
    expect(JSON.stringify(others)).not.toContain("[secret]");
  });
});

describe("what the cities share", () => {
  const typesOf = (city: string): string[] => rendered(city).resources.map(({ type }) => type);

  test("is made by the first city, which reads no other stack", () => {
    expect(typesOf("jakarta")).toContain("nusantara:stacks:SharedSecretsOrigin");
    expect(typesOf("jakarta")).not.toContain("pulumi:pulumi:StackReference");
  });

  test.each(["bandung", "surabaya"])("is read by %s from the first city alone, which comes earlier", (city) => {
    expect(typesOf(city)).not.toContain("nusantara:stacks:SharedSecretsOrigin");
    const references = rendered(city).resources.filter(({ type }) => type === "pulumi:pulumi:StackReference");
    expect(references.map(({ inputs }) => inputs.name)).toEqual(["organization/nusantara/jakarta"]);
  });

  test("is taken as it is when it is whole", () => {
    const keyPair = { certificatePem: "certificate", privateKeyPem: "key" };
    const secrets = {
      certificateAuthority: keyPair,
      sessionSigningKey: "0".repeat(32),
      database: {
        authority: keyPair,
        repositoryPassphrase: "0".repeat(32),
        logins: { order: { active: "b", passwords: { a: "0".repeat(32), b: "1".repeat(32) } } },
      },
    };
    expect(parseSharedSecrets("jakarta", secrets)).toEqual(secrets);
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, "(all)"],
    ["another form", "hunter2", "(all)"],
    [
      "missing and short fields",
      {
        certificateAuthority: { certificatePem: "hunter2", privateKeyPem: "" },
        sessionSigningKey: "hunter2",
        database: {
          repositoryPassphrase: "hunter2",
          logins: { order: { active: "hunter2", passwords: { a: "hunter2" } } },
        },
      },
      "certificateAuthority.privateKeyPem, sessionSigningKey, database.authority, database.repositoryPassphrase, " +
        "database.logins.order.active, database.logins.order.passwords.a, database.logins.order.passwords.b",
    ],
    [
      "the secrets of a version without a database",
      {
        certificateAuthority: { certificatePem: "certificate", privateKeyPem: "key" },
        sessionSigningKey: "0".repeat(32),
      },
      "database",
    ],
  ])("is refused with the names of the wrong fields and never their values: %s", (_, value, fields) => {
    const parse = () => parseSharedSecrets("jakarta", value);
    expect(parse).toThrow(
      `stack "jakarta" has no usable output "sharedSecrets" (wrong: ${fields}); bring it up with this version first`,
    );
    expect(parse).not.toThrow("hunter2");
  });
});

describe("a city", () => {
  test.each(cities)("in %s makes every Kubernetes object with the provider of its own cluster", (city) => {
    const { resources } = rendered(city);
    const providers = resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
    expect(providers.map(({ inputs }) => inputs)).toMatchObject([
      { context: "test", clusterIdentifier: `nusantara-${city}` },
    ]);
    const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(new Set(objects.map(({ provider }) => provider))).toEqual(new Set(providers.map(({ urn }) => urn)));
  });

  test("leaves no resource to a default provider, which could point anywhere", () => {
    for (const { type, provider, custom } of rendered("jakarta").resources) {
      if (!custom || type.startsWith("pulumi:")) continue;
      expect([type, provider]).not.toContain(undefined);
    }
  });

  test("with a wrong configuration registers nothing and lists what is wrong", async () => {
    await expect(renderCity("jakarta", { "nusantara:city": "jakrata" })).rejects.toThrow(
      'configuration of stack "jakarta" has 1 error:\n  nusantara:city  "jakrata" is no city of this topology',
    );
  });
});
