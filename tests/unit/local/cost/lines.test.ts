import { costLines, sumOf } from "../../../../local/cost/lines.js";
import { parsePriceList, rateOf, readPriceList } from "../../../../local/cost/priceList.js";
import { billed } from "../../../../local/cost/rules.js";
import { claimedVolumes, volumeCharges } from "../../../../local/cost/volumes.js";
import { costTable, estateTable } from "../../../../local/costTable.js";
import type { CapturedResource } from "../../../../local/render/capture.js";
import { priceList } from "../../../support/prices.js";

const resource = (type: string, name: string, inputs: Record<string, unknown>, more = {}): CapturedResource => ({
  urn: `urn:pulumi:city::nusantara::${type}::${name}`,
  type,
  name,
  custom: true,
  inputs,
  dependencies: [],
  protect: false,
  retainOnDelete: false,
  ignoreChanges: [],
  ...more,
});
const provider = resource("pulumi:providers:aws", "aws", { region: "here" });
const stackOf = (...resources: CapturedResource[]) => ({
  project: "nusantara",
  stack: "city",
  resources: [provider, ...resources],
  outputs: {},
});
const context = { dependencies: [], component: "part", list: priceList({}) };
const chargesOf = (type: string, inputs: Record<string, unknown>) => billed[type]?.(inputs, context);

describe("a node group", () => {
  const template = resource("aws:ec2/launchTemplate:LaunchTemplate", "template", {
    blockDeviceMappings: [{ ebs: { volumeType: "gp3", volumeSize: 500 } }],
    monitoring: { enabled: true },
  });
  const group = resource(
    "aws:eks/nodeGroup:NodeGroup",
    "group",
    { scalingConfig: { desiredSize: 3, maxSize: 8 }, instanceTypes: ["c7i.16xlarge"], capacityType: "ON_DEMAND" },
    { dependencies: [template.urn] },
  );
  const list = priceList(
    { "instance c7i.16xlarge": 2, "gp3 storage": 0.1, metric: 0.5 },
    { assumptions: { "metrics of a node": { amount: 7, why: "a test" } } },
  );

  test("costs the hours, disks and metrics of its desired size", () => {
    const lines = costLines(stackOf(template, group), list);
    expect(lines.map(({ price, amount, cost }) => [price, amount, cost])).toEqual([
      ["instance c7i.16xlarge", 3 * 730, 3 * 730 * 2],
      ["gp3 storage", 3 * 500, 150],
      ["metric", 21, 10.5],
    ]);
    expect(sumOf(lines)).toEqual({ cost: 4380 + 150 + 10.5, assumed: 10.5, isWhole: true });
  });

  test("of a type without a price is unknown, not free", () => {
    const lines = costLines(stackOf(template, group), priceList({}));
    expect(lines.map(({ cost }) => cost)).toEqual([undefined, undefined, undefined]);
    expect(sumOf(lines).isWhole).toBe(false);
  });
});

describe("a volume", () => {
  test("includes 3000 operations a second and 125 MiB/s", () => {
    const charges = volumeCharges({ type: "gp3", size: 500, iops: 16_000, throughput: 1000 }, 2);
    expect(charges).toEqual([
      { price: "gp3 storage", amount: 1000 },
      { price: "gp3 operations a second", amount: 26_000 },
      { price: "gp3 throughput", amount: 1750 / 1024 },
    ]);
  });

  test("that is small pays only the operations that its size allows", () => {
    const [, operations] = volumeCharges({ type: "gp3", size: 8, iops: 16_000 }, 1);
    expect(operations?.amount).toBe(8 * 500 - 3000);
  });

  const claims = { volumeClaimTemplates: [{ spec: claim("fast") }], replicas: 2 };
  function claim(storageClassName?: string) {
    return { ...(storageClassName && { storageClassName }), resources: { requests: { storage: "10Gi" } } };
  }
  const storageClass = (provisioner: string) =>
    resource("kubernetes:storage.k8s.io/v1:StorageClass", "fast", {
      metadata: { name: "fast" },
      provisioner,
      parameters: { type: "gp3", iops: "4000" },
    });
  const set = resource("kubernetes:apps/v1:StatefulSet", "set", { spec: claims });

  test("is one for each replica and claim", () => {
    expect(claimedVolumes(set, [storageClass("ebs.csi.aws.com")])[0]).toEqual({ price: "gp3 storage", amount: 20 });
    expect(claimedVolumes(set, [storageClass("ebs.csi.aws.com")])[1]?.amount).toBe(2000);
  });

  test("of another provisioner is not on AWS's bill", () => {
    expect(claimedVolumes(set, [storageClass("rancher.io/local-path")])).toEqual([]);
  });

  test("of a class that is not registered is unknown", () => {
    const single = resource("kubernetes:core/v1:PersistentVolumeClaim", "claim", { spec: claim() });
    expect(claimedVolumes(single, [])).toEqual([{ price: "volume of class by default storage", amount: 10 }]);
  });
});

test("an interface endpoint costs by its zones, a gateway nothing", () => {
  const type = "aws:ec2/vpcEndpoint:VpcEndpoint";
  expect(chargesOf(type, { vpcEndpointType: "Interface", subnetIds: ["a", "b", "c"] })?.[0]?.amount).toBe(3 * 730);
  expect(chargesOf(type, { vpcEndpointType: "Gateway" })).toEqual([]);
});

test("a load balancer inside has no addresses and no traffic to the Internet", () => {
  const prices = (internal: boolean) =>
    chargesOf("aws:lb/loadBalancer:LoadBalancer", { loadBalancerType: "network", subnets: ["a"], internal })?.map(
      ({ price }) => price,
    );
  expect(prices(true)).toEqual(["network load balancer", "network load balancer capacity"]);
  expect(prices(false)).toEqual([...(prices(true) ?? []), "public IPv4 address", "traffic to the Internet"]);
});

test("a health check costs by its features", () => {
  const features = (inputs: Record<string, unknown>) =>
    chargesOf("aws:route53/healthCheck:HealthCheck", inputs)?.[1]?.amount;
  expect(features({ type: "HTTP", requestInterval: 30 })).toBe(0);
  expect(features({ type: "HTTPS", requestInterval: 10 })).toBe(2);
  expect(features({ type: "HTTPS_STR_MATCH", requestInterval: 10, measureLatency: true })).toBe(4);
});

test("a link within a region is paid at both ends, one between regions where traffic leaves", () => {
  const link = (inputs: Record<string, unknown>) =>
    billed["aws:ec2/vpcPeeringConnection:VpcPeeringConnection"]?.(inputs, {
      ...context,
      list: priceList({}, { assumptions: { "traffic of a link": { amount: 5, why: "a test" } } }),
    });
  expect(link({ region: "here" })).toEqual([{ price: "traffic between zones", amount: 10, assumed: true }]);
  expect(link({ region: "here", peerRegion: "there" })?.[0]?.price).toBe("traffic between regions");
});

test("a resource that nobody has thought of is unknown", () => {
  const lines = costLines(stackOf(resource("aws:new/thing:Thing", "thing", {})), priceList({}));
  expect(lines).toMatchObject([{ price: "aws:new/thing:Thing", component: "thing", cost: undefined }]);
});

test("a stack without AWS costs nothing", () => {
  const stack = stackOf();
  expect(costLines({ ...stack, resources: [] }, priceList({}))).toEqual([]);
  expect(costTable([], priceList({}))).toBe("");
});

test("a price is that of the region, else of everywhere, else of another one, else unknown", () => {
  const rates = (...regions: string[]) =>
    priceList(
      {},
      {
        prices: { thing: { unit: "hour", rates: regions.map((region, price) => ({ region, price, source: "test" })) } },
      },
    );
  expect(rateOf(rates("there", "here"), "thing", "here")?.region).toBe("here");
  expect(rateOf(rates("there", "global"), "thing", "here")?.region).toBe("global");
  expect(rateOf(rates("there"), "thing", "here")?.region).toBe("there");
  expect(rateOf(rates(), "thing", "here")).toBeUndefined();
  expect(rateOf(rates(), "other", "here")).toBeUndefined();
});

test("a list that names a source or price that it has not is refused", () => {
  expect(() => parsePriceList({ ...readPriceList(), sources: {} }, "prices.yaml")).toThrow(
    "prices.yaml is no list of prices",
  );
  expect(() => priceList({}, { buckets: { logs: { gigabytes: 1, class: "S3", why: "a test" } } })).toThrow();
});

describe("the tables", () => {
  const list = priceList(
    { known: 2, elsewhere: 1 },
    {
      leftOut: ["taxes"],
      prices: { "NAT gateway": { unit: "hour", rates: [{ region: "there", price: 0.1, source: "test" }] } },
    },
  );
  const gateway = resource("aws:ec2/natGateway:NatGateway", "nat", {});
  const lines = costLines(stackOf(gateway), list);

  test("mark what is of another region, unknown and left out", () => {
    const text = costTable(lines, list);
    expect(text).toContain("list prices of 2026-01-01 (local/cost/prices.yaml)");
    expect(text).toMatch(/NAT gateway +│ +730 hour │ +0\.1 \* │ +73\.00/);
    expect(text).toContain("* is a price of there");
    expect(text).toContain("the sum lacks: NAT gateway traffic.");
    expect(text).toContain("73.00 + ?");
    expect(text).toContain("Left out: taxes.");
  });

  test("show each stack beside the others", () => {
    const text = estateTable([...lines, ...lines.map((line) => ({ ...line, stack: "other" }))], list);
    expect(text).toMatch(/component │ +city │ +other │ +USD a month/);
    expect(text).toMatch(/all +│ +73\.00 \+ \? │ +73\.00 \+ \? │ +146\.00 \+ \?/);
  });
});
