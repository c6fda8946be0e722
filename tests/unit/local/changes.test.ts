import { deletions, identity, parseDiff, uncontested, type Difference } from "../../../local/changes.js";
import type { Manifest } from "../../../local/render/manifests.js";

/** A section of the output of `kubectl diff`. */
const section = (file: string, ...lines: string[]): string =>
  [
    `diff -u -N /tmp/LIVE-1/${file} /tmp/MERGED-2/${file}`,
    `--- /tmp/LIVE-1/${file}\t2026-01-01 00:00:00`,
    `+++ /tmp/MERGED-2/${file}\t2026-01-01 00:00:00`,
    "@@ -1,4 +1,4 @@",
    " spec:",
    ...lines,
    "",
  ].join("\n");

describe("what kubectl diff says", () => {
  test("names each object that changed, with its changed lines", () => {
    const output = [
      section("apps.v1.Deployment.nusantara-mart.order", "-  image: order:1.0.0", "+  image: order:1.1.0"),
      section("v1.ConfigMap.nusantara-mart.order-config", "+  LOG_LEVEL: debug"),
    ].join("");
    expect(parseDiff(output)).toEqual([
      {
        action: "changed",
        object: "Deployment nusantara-mart/order",
        lines: ["-  image: order:1.0.0", "+  image: order:1.1.0"],
        contested: false,
      },
      {
        action: "changed",
        object: "ConfigMap nusantara-mart/order-config",
        lines: ["+  LOG_LEVEL: debug"],
        contested: false,
      },
    ]);
  });

  test("is contested where somebody else wrote the object meanwhile", () => {
    const output = section(
      "v1.Node..jakarta-1",
      '-  resourceVersion: "7"',
      '+  resourceVersion: "8"',
      "+  ready: true",
    );
    expect(parseDiff(output)).toEqual([
      { action: "changed", object: "Node jakarta-1", lines: ["+  ready: true"], contested: true },
    ]);
  });

  test.each([
    ["v1.Namespace..nusantara-mart", "Namespace nusantara-mart"],
    [
      "apiextensions.k8s.io.v1.CustomResourceDefinition..applysets.nusantara.io",
      "CustomResourceDefinition applysets.nusantara.io",
    ],
    ["autoscaling.v2.HorizontalPodAutoscaler.shop.order", "HorizontalPodAutoscaler shop/order"],
    ["example.com.v1beta1.Thing.shop.a.b.c", "Thing shop/a.b.c"],
  ])("%s is %s", (file, object) => {
    expect(parseDiff(section(file, "+  a: b"))).toMatchObject([{ object }]);
  });

  test("is no change where only the API server's own bookkeeping differs", () => {
    const bookkeeping = ["-  generation: 1", "+  generation: 2", '-  resourceVersion: "7"', '+  resourceVersion: "8"'];
    expect(parseDiff(section("apps.v1.Deployment.shop.order", ...bookkeeping))).toEqual([]);
  });

  test("is nothing where nothing changed", () => {
    expect(parseDiff("")).toEqual([]);
  });
});

const deployment = (apiVersion: string, namespace?: string): Manifest => ({
  apiVersion,
  kind: "Deployment",
  metadata: { name: "order", ...(namespace !== undefined && { namespace }) },
});

describe("objects that others write while they are compared", () => {
  const [order, report] = [deployment("apps/v1", "shop"), deployment("apps/v1", "other")];
  const difference = (namespace: string, contested: boolean): Difference => ({
    ...{ action: "changed", object: `Deployment ${namespace}/order`, lines: [`+  of: ${namespace}`], contested },
  });
  /** Answers of one comparison after another, the last one for ever. */
  const answers = (...all: Difference[][]) => {
    const asked: (readonly Manifest[])[] = [];
    const diff = (manifests: readonly Manifest[]) => {
      asked.push(manifests);
      return Promise.resolve((all.length > 1 ? all.shift() : all[0]) ?? []);
    };
    return { asked, diff };
  };

  test("are compared again, and they alone", async () => {
    const { asked, diff } = answers([difference("shop", true), difference("other", false)], []);
    expect(await uncontested([order, report], diff)).toEqual([
      { action: "changed", object: "Deployment other/order", lines: ["+  of: other"] },
    ]);
    expect(asked).toEqual([[order, report], [order]]);
  });

  test("keep what is a change of ours", async () => {
    const { diff } = answers([difference("shop", true)], [difference("shop", true)], [difference("shop", false)]);
    expect(await uncontested([order, report], diff)).toMatchObject([{ lines: ["+  of: shop"] }]);
  });

  test("are not compared for ever", async () => {
    const { asked, diff } = answers([difference("shop", true)]);
    expect(await uncontested([order], diff)).toHaveLength(1);
    expect(asked).toHaveLength(10);
  });
});

test("objects are the same whichever version of their API they are read in, and others in another group or place", () => {
  expect(identity(deployment("apps/v1", "shop"))).toBe(identity(deployment("apps/v1beta1", "shop")));
  const others = [deployment("extensions/v1", "shop"), deployment("apps/v1", "other"), deployment("apps/v1")];
  for (const other of others) expect(identity(other)).not.toBe(identity(deployment("apps/v1", "shop")));
});

test("what an apply left behind is told with its place", () => {
  expect(deletions([deployment("apps/v1", "shop"), deployment("apps/v1")])).toEqual([
    { action: "deleted", object: "Deployment shop/order", lines: [] },
    { action: "deleted", object: "Deployment order", lines: [] },
  ]);
});
