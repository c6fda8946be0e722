import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quotas } from "../../../local/quotas/catalogue.js";
import { readAccountQuotas } from "../../../local/quotas/account.js";
import { needsOf } from "../../../local/quotas/needs.js";
import { quotaTable, raiseCommand, tooSmall } from "../../../local/quotasCommand.js";
import type { CapturedResource } from "../../../local/render/capture.js";

const resource = (type: string, name: string, inputs: Record<string, unknown>): CapturedResource => ({
  urn: `urn:pulumi:stack::nusantara::${type}::${name}`,
  type,
  name,
  custom: true,
  inputs,
  dependencies: [],
  protect: false,
  retainOnDelete: false,
  ignoreChanges: [],
});
const region = "ap-southeast-3";
const provider = resource("pulumi:providers:aws", "aws", { region });
const template = resource("aws:ec2/launchTemplate:LaunchTemplate", "database", {
  blockDeviceMappings: [{ ebs: { volumeSize: 512 } }],
});
const group = (name: string, zones: number, maxSize: number) =>
  resource("aws:eks/nodeGroup:NodeGroup", name, {
    instanceTypes: ["c7i.16xlarge"],
    scalingConfig: { maxSize },
    launchTemplate: { id: "database-id" },
    subnetIds: Array.from({ length: zones }, (_, index) => `subnet-${index}`),
  });
const needOf = (stacks: Record<string, CapturedResource[]>, quota: string) =>
  needsOf(stacks).find((need) => need.quota === quota)?.value;

describe("what stacks need of quotas", () => {
  test("adds up over the stacks of a region, and is kept apart between regions", () => {
    const addresses = (where: string) => [
      resource("pulumi:providers:aws", "aws", { region: where }),
      resource("aws:ec2/eip:Eip", "a", {}),
      resource("aws:ec2/eip:Eip", "b", {}),
    ];
    const needs = needsOf({
      jakarta: addresses(region),
      bandung: addresses(region),
      surabaya: addresses("ap-southeast-1"),
    });
    expect(needs).toEqual([
      { region, quota: "addresses", value: 4 },
      { region: "ap-southeast-1", quota: "addresses", value: 2 },
    ]);
  });

  test("counts nodes at their most, and those that an update of the largest city starts beside them", () => {
    const stacks = {
      jakarta: [provider, template, group("a", 1, 1), group("b", 3, 2)],
      bandung: [provider, template, group("a", 1, 4)],
    };
    // 3 + 4 nodes, and 2 in each of 1 + 3 zones; 64 vCPUs and half a TiB each.
    expect(needOf(stacks, "instances")).toBe((3 + 4 + 8) * 64);
    expect(needOf(stacks, "storage")).toBe((3 + 4 + 8) / 2);
    expect(needOf(stacks, "nodeGroups")).toBe(2);
  });

  test("counts the volumes of databases", () => {
    const set = resource("kubernetes:apps/v1:StatefulSet", "core", {
      spec: { replicas: 2, volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "512Gi" } } } }] },
    });
    expect(needOf({ jakarta: [provider, set] }, "storage")).toBe(1);
  });

  test("takes the largest where a quota is for each zone, network or group", () => {
    const subnet = (zone: string) => resource("aws:ec2/subnet:Subnet", zone, { availabilityZone: zone });
    const gateway = (name: string, zone: string) =>
      resource("aws:ec2/natGateway:NatGateway", name, { subnetId: `${zone}-id` });
    const city = [provider, subnet("a"), subnet("b"), gateway("one", "a"), gateway("two", "b")];
    expect(needOf({ jakarta: city, bandung: city.slice(0, 4) }, "natGateways")).toBe(2);
    const peering = (name: string, vpcId: string, peerVpcId: string) =>
      resource("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", name, { region, vpcId, peerVpcId });
    expect(
      needOf({ global: [peering("1", "j", "b"), peering("2", "j", "s"), peering("3", "b", "s")] }, "peerings"),
    ).toBe(2);
  });
});

describe("the comparison with an account", () => {
  const needs = [
    { region, quota: "instances" as const, value: 640.2 },
    { region, quota: "addresses" as const, value: 5 },
  ];
  const known = (values: Record<string, number>) => (_region: string, code: string) => values[code];

  test("finds what is too small, by AWS's defaults where nobody knows better", () => {
    expect(tooSmall(needs, undefined).map(({ quota }) => quota)).toEqual(["instances"]);
    expect(tooSmall(needs, known({ [quotas.instances.code]: 641 }))).toEqual([]);
    expect(tooSmall(needs, known({ [quotas.addresses.code]: 4 })).map(({ quota }) => quota)).toEqual([
      "instances",
      "addresses",
    ]);
  });

  test("says how to raise it", () => {
    expect(needs.map(raiseCommand)[0]).toBe(
      "aws service-quotas request-service-quota-increase --region ap-southeast-3 --service-code ec2 " +
        "--quota-code L-1216C47A --desired-value 641",
    );
    expect(quotaTable(needs, known({ [quotas.instances.code]: 700 }))).toMatch(/641 .*700 .*enough[^]*5 \(default\)/);
  });
});

describe("an account's quotas", () => {
  const directory = mkdtempSync(join(tmpdir(), "quotas-"));
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };

  test("are read from what the AWS CLI prints, one file for each service", () => {
    const listing = (service: string, code: string, value: number) =>
      JSON.stringify({
        Quotas: [
          {
            ServiceCode: service,
            QuotaArn: `arn:aws:servicequotas:${region}:111122223333:${service}/${code}`,
            QuotaCode: code,
            Value: value,
            Adjustable: true,
          },
        ],
      });
    write("ec2.json", listing("ec2", "L-1216C47A", 1200));
    const ebs = write("ebs.json", listing("ebs", "L-7A658B76", 50));
    const all = readAccountQuotas(directory);
    expect([all(region, "L-1216C47A"), all(region, "L-7A658B76"), all("us-east-1", "L-1216C47A")]).toEqual([
      1200,
      50,
      undefined,
    ]);
    expect(readAccountQuotas(ebs)(region, "L-1216C47A")).toBeUndefined();
  });

  test.each([
    ["not there", () => join(directory, "missing"), /there is no file or directory/],
    ["no JSON", () => write("broken.txt", "{"), /is no JSON/],
    [
      "something else",
      () => write("other.txt", '{"Quotas":[{"QuotaCode":"L-1"}]}'),
      /is not what list-service-quotas prints/,
    ],
  ])("that are %s stop with a message that says which file", (_what, path, message) => {
    expect(() => readAccountQuotas(path())).toThrow(message);
  });
});
