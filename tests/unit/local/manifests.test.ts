import { parse } from "yaml";
import type { CapturedResource, CapturedStack } from "../../../local/render/capture.js";
import { describeManifest, isKubernetesObject, manifestsOf, manifestYaml } from "../../../local/render/manifests.js";

const resource = (type: string, metadata: object | undefined, inputs: object = {}): CapturedResource => {
  const [, apiVersion = "", kind = ""] = type.split(":");
  return {
    urn: `urn:pulumi:test::nusantara::${type}::name`,
    type,
    name: "name",
    custom: true,
    inputs: { apiVersion, kind, ...(metadata && { metadata }), ...inputs },
    dependencies: [],
    protect: false,
    retainOnDelete: false,
    ignoreChanges: [],
  };
};

const stack = (...resources: CapturedResource[]): CapturedStack => ({
  project: "nusantara",
  stack: "test",
  resources,
  outputs: {},
});

const same = (inputs: unknown): unknown => inputs;
const inShop = (name: string) => ({ name, namespace: "shop" });

describe("the manifests of a stack", () => {
  test("come in an order that a cluster can take them in: what others need comes first", () => {
    const kinds = ["apps/v1:Deployment", "core/v1:Service", "core/v1:ConfigMap", "core/v1:ServiceAccount"];
    const resources = [
      ...kinds.map((kind) => resource(`kubernetes:${kind}`, inShop("order"))),
      resource("kubernetes:core/v1:Namespace", { name: "shop" }),
      resource("kubernetes:apps/v1:Deployment", inShop("api-gateway")),
      resource("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", { name: "things.example.com" }),
    ];
    const order = [
      "Namespace shop",
      "CustomResourceDefinition things.example.com",
      "ServiceAccount shop/order",
      "ConfigMap shop/order",
      "Service shop/order",
      "Deployment shop/api-gateway",
      "Deployment shop/order",
    ];
    expect(manifestsOf(stack(...resources), same).map(describeManifest)).toEqual(order);
    expect(manifestsOf(stack(...resources.toReversed()), same).map(describeManifest)).toEqual(order);
  });

  test("leave out what is no object: providers, components, charts and other clouds", () => {
    const others = [
      resource("pulumi:providers:kubernetes", undefined),
      resource("kubernetes:helm.sh/v3:Release", undefined),
      resource("kubernetes:yaml/v2:ConfigGroup", undefined),
      resource("tls:index/privateKey:PrivateKey", undefined),
      { ...resource("kubernetes:core/v1:ConfigMap", inShop("component")), custom: false },
    ];
    expect(others.filter(isKubernetesObject)).toEqual([]);
    expect(manifestsOf(stack(...others), same)).toEqual([]);
  });

  test("hold custom resources too", () => {
    const issuer = resource("kubernetes:cert-manager.io/v1:Issuer", inShop("issuer"));
    expect(manifestsOf(stack(issuer), same)).toEqual([issuer.inputs]);
  });

  test.each([undefined, {}, { generateName: "order-" }])("are refused where an object has no name: %j", (metadata) => {
    expect(() => manifestsOf(stack(resource("kubernetes:core/v1:ConfigMap", metadata)), same)).toThrow(
      "urn:pulumi:test::nusantara::kubernetes:core/v1:ConfigMap::name has no metadata.name",
    );
  });

  test("carry no annotations that only the engine understands", () => {
    const annotated = (annotations: object) =>
      manifestsOf(stack(resource("kubernetes:core/v1:Service", { ...inShop("order"), annotations })), same)[0]
        ?.metadata;
    expect(annotated({ "pulumi.com/skipAwait": "true", note: "kept" })).toEqual({
      ...inShop("order"),
      annotations: { note: "kept" },
    });
    expect(annotated({ "pulumi.com/skipAwait": "true" })).toEqual(inShop("order"));
  });

  test("hold of secrets what the caller decides", () => {
    const secret = resource("kubernetes:core/v1:Secret", inShop("order"), { data: "value" });
    const [manifest] = manifestsOf(stack(secret), (inputs) => ({ ...(inputs as object), data: "hidden" }));
    expect(manifest).toMatchObject({ data: "hidden" });
  });
});

test("texts that YAML 1.1 takes for something else are quoted, for that is what Kubernetes reads", () => {
  const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "y" }, data: { STANZA_ONLINE: "n" } };
  const text = manifestYaml(manifest);
  expect(text).toMatch(/STANZA_ONLINE: "n"/);
  expect(parse(text, { version: "1.1" })).toEqual(manifest);
});
