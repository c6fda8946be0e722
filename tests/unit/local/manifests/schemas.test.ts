import { releases } from "../../../../local/manifests/kubernetesSchemas.js";
import { customSchemasOf, definitionsFile, fileOf, schemasOf } from "../../../../local/manifests/schemas.js";
import { customResources } from "../../../../local/manifests/customSchemas.js";
import { versions } from "../../../../stacks/versions.js";

const deployment = "io.k8s.api.apps.v1.Deployment";
const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const schemas = schemasOf({
  definitions: {
    [deployment]: {
      type: "object",
      properties: {
        replicas: { type: "integer", format: "int32" },
        port: { type: "string", format: "int-or-string" },
        properties: { type: "object", properties: { name: { type: "string" } } },
        labels: { type: "object", additionalProperties: { type: "string" } },
        memory: { $ref: `#/definitions/${quantity}` },
      },
      "x-kubernetes-group-version-kind": [{ group: "apps", version: "v1", kind: "Deployment" }],
    },
    [quantity]: { type: "string" },
  },
});

test("a kind refers to its definition, in which no field is welcome that the API does not know", () => {
  expect(schemas.get("deployment-apps-v1.json")).toEqual({ $ref: `${definitionsFile}#/definitions/${deployment}` });
  expect(schemas.get(definitionsFile)).toEqual({
    definitions: {
      [deployment]: {
        type: "object",
        additionalProperties: false,
        properties: {
          replicas: { type: "integer", format: "int32" },
          port: { type: ["string", "integer"] },
          properties: { type: "object", additionalProperties: false, properties: { name: { type: "string" } } },
          labels: { type: "object", additionalProperties: { type: "string" } },
          memory: { $ref: `#/definitions/${quantity}` },
        },
      },
      [quantity]: { type: ["string", "number"] },
    },
  });
});

test("a custom resource has what every object has, is as closed, and says where it takes anything", () => {
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
          values: { type: "object", properties: {}, "x-kubernetes-preserve-unknown-fields": true },
        },
        not: { properties: { port: {} } },
      },
    },
  };
  const names = { kind: "Gate" };
  const versions = [{ name: "v1", schema: { openAPIV3Schema: schema } }];
  expect(
    customSchemasOf([{ kind: "CustomResourceDefinition", spec: { group: "a.example", names, versions } }]),
  ).toEqual(
    new Map([
      [
        "gate-a-v1.json",
        {
          type: "object",
          additionalProperties: false,
          properties: {
            apiVersion: { type: "string" },
            kind: { type: "string" },
            metadata: { type: "object" },
            spec: {
              type: "object",
              additionalProperties: false,
              properties: {
                port: { type: ["string", "integer"] },
                values: { type: "object", properties: {} },
              },
              not: { properties: { port: {} } },
            },
          },
        },
      ],
    ]),
  );
});

test.each([
  [{ group: "", version: "v1", kind: "Pod" }, "pod-v1.json"],
  [{ group: "networking.k8s.io", version: "v1", kind: "Ingress" }, "ingress-networking-v1.json"],
])("kubeconform finds %p in %s", (kind, file) => {
  expect(fileOf(kind)).toBe(file);
});

test("manifests are held against the minor of the clusters and those beside it", () => {
  const minor = Number(versions.kubernetes.split(".")[1]);
  expect(releases.map(({ version }) => version.split(".").slice(0, 2).join("."))).toEqual(
    [minor - 1, minor, minor + 1].map((each) => `v1.${each}`),
  );
});

test("custom resources are held against the versions that the charts install", () => {
  const { charts } = versions;
  expect(customResources.map(({ path, version }) => [path, version])).toEqual([
    ["github.com/cert-manager/cert-manager", charts["cert-manager"]],
    ["istio.io/api", `v${charts.istiod}`],
  ]);
});
