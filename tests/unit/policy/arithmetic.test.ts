import { isEverywhere } from "../../../policy/addresses.js";
import { countOf } from "../../../policy/kubernetes/countOrPercentage.js";
import { parseImage } from "../../../policy/kubernetes/image.js";
import { kindOf, objectType } from "../../../policy/kubernetes/objectType.js";
import { labelMapSelector, selectorOf } from "../../../policy/kubernetes/selector.js";
import { Field } from "../../../policy/model/field.js";
import type { Value } from "../../../policy/model/value.js";
import { holdsSecret, namesSecret } from "../../../policy/secrets.js";
import { isAtLeast } from "../../../policy/version.js";

const matches = (selector: Value, labels: Record<string, string>) =>
  selectorOf(new Field(selector, "selector"))?.matches(labels);

test.each([
  [2, 4, 2],
  ["50%", 4, 2],
  ["50%", 3, 2],
  ["1%", 2, 1],
  ["0%", 2, 0],
  ["100%", 2, 2],
  ["2", 4, undefined],
  ["-1%", 4, undefined],
  ["1.5%", 4, undefined],
])("%p of %d pods is %p", (value, total, count) => {
  expect(countOf(value, total)).toBe(count);
});

test("a share may be rounded down too", () => {
  expect(countOf("50%", 3, "down")).toBe(1);
});

describe("a label selector", () => {
  const labels = { app: "postgres", tier: "data" };
  test.each<[string, Value, boolean]>([
    ["every label", { matchLabels: { app: "postgres", tier: "data" } }, true],
    ["a label that is missing", { matchLabels: { app: "postgres", city: "jakarta" } }, false],
    ["In", { matchExpressions: [{ key: "app", operator: "In", values: ["mysql", "postgres"] }] }, true],
    ["In without the label", { matchExpressions: [{ key: "city", operator: "In", values: ["jakarta"] }] }, false],
    ["NotIn", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["postgres"] }] }, false],
    ["NotIn without the label", { matchExpressions: [{ key: "city", operator: "NotIn", values: ["x"] }] }, true],
    ["Exists", { matchExpressions: [{ key: "app", operator: "Exists" }] }, true],
    ["DoesNotExist", { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] }, false],
    [
      "both kinds",
      { matchLabels: { app: "postgres" }, matchExpressions: [{ key: "city", operator: "Exists" }] },
      false,
    ],
    ["nothing", {}, true],
  ])("%s", (_, selector, expected) => {
    expect(matches(selector, labels)).toBe(expected);
  });

  test("of a Service selects nothing when it is empty", () => {
    expect(labelMapSelector(new Field({}, "")).matches(labels)).toBe(false);
    expect(labelMapSelector(new Field({ app: "postgres" }, "")).matches(labels)).toBe(true);
  });

  test("that is not set is none, and an operator of tomorrow is refused", () => {
    expect(selectorOf(new Field(undefined, ""))).toBeUndefined();
    expect(() => matches({ matchExpressions: [{ key: "app", operator: "Gt", values: ["1"] }] }, labels)).toThrow(
      "selector.matchExpressions[0].operator is not In, NotIn, Exists or DoesNotExist",
    );
  });
});

test.each([
  ["kubernetes:apps/v1:StatefulSet", "apps/StatefulSet"],
  ["kubernetes:apps/v1:StatefulSetPatch", "apps/StatefulSet"],
  ["kubernetes:apps/v1beta2:StatefulSet", "apps/StatefulSet"],
  ["kubernetes:apps/v1:StatefulSetList", "apps/StatefulSetList"],
  ["kubernetes:extensions/v1beta1:Ingress", "networking.k8s.io/Ingress"],
  ["kubernetes:core/v1:Pod", "Pod"],
  ["kubernetes:v1:Pod", "Pod"],
  ["kubernetes:postgresql.cnpg.io/v1:Cluster", "postgresql.cnpg.io/Cluster"],
  ["kubernetes:helm.sh/v3:Release", undefined],
  ["kubernetes:yaml/v2:ConfigGroup", undefined],
  ["nusantara:workload:WebService", undefined],
  ["pulumi:providers:kubernetes", undefined],
])("%s is of kind %p", (type, kind) => {
  expect(kindOf({ type })).toBe(kind);
});

test("a patch is known as one", () => {
  expect(objectType("kubernetes:core/v1:ServicePatch")).toEqual({
    group: "",
    version: "v1",
    kind: "Service",
    isPatch: true,
  });
});

test.each([
  ["ghcr.io/shop/order:1.4@sha256:ab", { repository: "ghcr.io/shop/order", tag: "1.4", digest: "sha256:ab" }],
  ["localhost:5000/order", { repository: "localhost:5000/order" }],
  ["localhost:5000/order:1", { repository: "localhost:5000/order", tag: "1" }],
  ["order@sha256:ab", { repository: "order", digest: "sha256:ab" }],
])("%s has its parts", (reference, parts) => {
  expect(parseImage(reference)).toEqual(parts);
});

test.each([
  ["1.35", "1.35", true],
  ["1.35.2", "1.35", true],
  ["v1.9", "1.10", false],
  ["1.35-eks-1", "1.35", true],
  ["latest", "1.0", undefined],
])("%s is at least %s: %p", (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected);
});

test("ranges of every address are known, and parts of them that no owner has", () => {
  expect(["0.0.0.0/0", "0.0.0.0/00", "::/0", "128.0.0.0/1", "64.0.0.0/2", "2000::/3"].every(isEverywhere)).toBe(true);
  expect(["10.0.0.0/8", "0.0.0.0/16", "fd00::/10", "fc00::/7", "10.0.0.1"].some(isEverywhere)).toBe(false);
});

test("secrets are known by their names and forms, and what only speaks of them is not", () => {
  expect(["DB_PASSWORD", "apiKey", "AWS_SECRET_ACCESS_KEY", "token"].every(namesSecret)).toBe(true);
  expect(["PASSWORD_FILE", "TOKEN_TTL", "PORT", "KEYSPACE"].some(namesSecret)).toBe(false);
  expect(holdsSecret("https://user:hunter2@example.com/")).toBe(true);
  expect(holdsSecret("https://example.com:8443/a@b")).toBe(false);
  expect(holdsSecret("postgres://$(USER):$(PASSWORD)@db")).toBe(false);
});
