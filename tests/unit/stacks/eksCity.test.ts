import type { CapturedResource, CapturedStack } from "../../../local/render/capture.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { versions } from "../../../stacks/versions.js";
import { overlaps } from "../../../stacks/cidr.js";
import { cityOutputsSchema } from "../../../stacks/outputs.js";
import { unwrapSecrets } from "../../../local/render/secrets.js";
import { comesAfter, isTaggable, ofAws, ofType, policiesOf, theOne } from "../../support/aws.js";
import { renderProduction } from "../../support/city.js";
import { objectsOf } from "../../support/objects.js";

const cities = cityNames(nusantara);
const renders = new Map<string, CapturedStack>();
beforeAll(async () => {
  for (const city of cities) renders.set(city, await renderProduction(city));
}, 240_000);

function rendered(city: string): CapturedResource[] {
  const stack = renders.get(city);
  if (!stack) throw new Error(`${city} was not rendered`);
  return stack.resources;
}

/** A cluster with what it can't do without, and more. */
const clusterWith = (more: Record<string, unknown>) => ({
  "nusantara:cluster": {
    kind: "eks",
    accountId: "111122223333",
    administrators: ["arn:aws:iam::111122223333:role/platform"],
    acmeEmail: "platform@example.com",
    ...more,
  },
});

const urns = (resources: readonly CapturedResource[]) => resources.map(({ urn }) => urn);
const byUrn = (resources: readonly CapturedResource[]) => new Map(resources.map((each) => [each.urn, each]));
const idOf = ({ name }: CapturedResource): string => `${name}-id`;

describe.each(cities)("every resource of AWS of %s", (city) => {
  test("belongs to the one provider, which refuses other accounts and tags what it makes", () => {
    const resources = rendered(city);
    const provider = resources.filter(({ type }) => type === "pulumi:providers:aws");
    expect(provider).toHaveLength(1);
    expect(provider[0]?.inputs).toMatchObject({
      region: "ap-southeast-3",
      allowedAccountIds: '["111122223333"]',
      defaultTags: JSON.stringify({ tags: { project: "nusantara", city, "managed-by": "pulumi" } }),
    });
    const others = ofAws(resources).filter((each) => each.provider !== provider[0]?.urn);
    expect(urns(others)).toEqual([]);
  });

  test("that can have tags has a name for people", () => {
    const taggable = ofAws(rendered(city)).filter(({ type }) => isTaggable(type));
    expect(taggable.length).toBeGreaterThan(60);
    const nameless = taggable.filter(
      ({ inputs }) => (inputs.tags as { Name?: string } | undefined)?.Name === undefined,
    );
    expect(urns(nameless)).toEqual([]);
  });

  test("that AWS makes on behalf of a node is tagged too", () => {
    for (const { inputs } of ofType(rendered(city), "LaunchTemplate")) {
      const specifications = inputs.tagSpecifications as { resourceType: string; tags: Record<string, string> }[];
      expect(specifications.map(({ resourceType }) => resourceType)).toEqual([
        "instance",
        "volume",
        "network-interface",
      ]);
      for (const { tags } of specifications) expect(tags).toMatchObject({ project: "nusantara", city });
    }
  });

  test("that can't be had again is protected, and nothing else", () => {
    const kept = ofAws(rendered(city)).filter((resource) => resource.protect);
    expect(new Set(kept.map(({ type }) => type.split(":").at(-1)))).toEqual(
      new Set(["Bucket", "Cluster", "Eip", "Key", "LoadBalancer", "Vpc"]),
    );
    for (const type of ["Bucket", "Cluster", "Eip", "Key", "LoadBalancer", "Vpc"])
      expect(urns(ofType(rendered(city), type).filter((resource) => !resource.protect))).toEqual([]);
    expect(theOne(rendered(city), "Cluster").inputs).toMatchObject({ deletionProtection: true });
    expect(theOne(rendered(city), "LoadBalancer").inputs).toMatchObject({ enableDeletionProtection: true });
  });
});

describe.each(cities)("the network of %s", (city) => {
  const ranges = nusantara.cities[city as keyof typeof nusantara.cities].network;
  const kindOf = ({ name }: CapturedResource): string => name.replace(/^network-(.*)-[a-z]$/, "$1");

  test("has the two ranges of the plan, the second before any subnet of it", () => {
    const resources = rendered(city);
    expect(theOne(resources, "Vpc").inputs).toMatchObject({
      cidrBlock: ranges.nodes,
      enableDnsSupport: true,
      enableDnsHostnames: true,
    });
    const association = theOne(resources, "VpcIpv4CidrBlockAssociation");
    expect(association.inputs).toMatchObject({ cidrBlock: ranges.pods });
    const pods = ofType(resources, "Subnet").filter((subnet) => kindOf(subnet) === "pods");
    expect(pods).toHaveLength(3);
    for (const { dependencies } of pods) expect(dependencies).toContain(association.urn);
  });

  test("has four subnets in each of three zones, which share no address and give none to the public", () => {
    const subnets = ofType(rendered(city), "Subnet");
    const blocks = subnets.map(({ inputs }) => String(inputs.cidrBlock));
    expect(blocks).toHaveLength(12);
    for (const [index, block] of blocks.entries()) {
      expect(blocks.slice(index + 1).filter((other) => overlaps(block, other))).toEqual([]);
      expect(overlaps(block, ranges.nodes) || overlaps(block, ranges.pods)).toBe(true);
    }
    expect(new Set(subnets.map(({ inputs }) => inputs.availabilityZone)).size).toBe(3);
    expect(subnets.filter(({ inputs }) => inputs.mapPublicIpOnLaunch !== false)).toEqual([]);
  });

  test("tells controllers by tags which subnets load balancers go to", () => {
    for (const subnet of ofType(rendered(city), "Subnet")) {
      const roles = Object.keys(subnet.inputs.tags as object).filter((key) => key.startsWith("kubernetes.io/role/"));
      const wanted: Partial<Record<string, string[]>> = {
        public: ["kubernetes.io/role/elb"],
        nodes: ["kubernetes.io/role/internal-elb"],
      };
      expect([subnet.name, roles]).toEqual([subnet.name, wanted[kindOf(subnet)] ?? []]);
    }
  });

  test("gives every subnet one table, and every table its way out: private ones through the zone's own gateway", () => {
    const resources = rendered(city);
    const associations = ofType(resources, "RouteTableAssociation").map(({ inputs }) => inputs);
    const tableOf = (subnet: CapturedResource) =>
      associations.filter(({ subnetId }) => subnetId === idOf(subnet)).map(({ routeTableId }) => routeTableId);
    for (const subnet of ofType(resources, "Subnet")) {
      const zone = subnet.name.at(-1) ?? "";
      const table = kindOf(subnet) === "public" ? "network-public-id" : `network-private-${zone}-id`;
      expect([subnet.name, tableOf(subnet)]).toEqual([subnet.name, [table]]);
    }
    const routes = ofType(resources, "Route").map(({ inputs }) => inputs);
    for (const table of ofType(resources, "RouteTable")) {
      const ways = routes.filter(({ routeTableId }) => routeTableId === idOf(table));
      const zone = table.name.at(-1) ?? "";
      const way =
        table.name === "network-public"
          ? { gatewayId: "network-internet-id" }
          : { natGatewayId: `network-nat-${zone}-id` };
      expect(ways).toEqual([{ routeTableId: idOf(table), destinationCidrBlock: "0.0.0.0/0", ...way }]);
      // A table with routes inside would fight the stack that adds those to the other cities.
      expect(table.inputs).not.toHaveProperty("routes");
    }
  });

  test("has a NAT gateway in each zone, in the zone's public subnet, with an address of its own that is an output (M4)", () => {
    const gateways = ofType(rendered(city), "NatGateway");
    expect(gateways).toHaveLength(3);
    for (const { name, inputs } of gateways) {
      const zone = name.at(-1) ?? "";
      expect(inputs).toMatchObject({ subnetId: `network-public-${zone}-id`, allocationId: `network-nat-${zone}-id` });
    }
    const { aws } = cityOutputsSchema.parse(unwrapSecrets(renders.get(city)?.outputs));
    expect(new Set(aws?.natAddresses).size).toBe(3);
  });

  test("reaches S3 by a route in every table, and the services of AWS at private addresses", () => {
    const endpoints = ofType(rendered(city), "VpcEndpoint").map(({ inputs }) => inputs);
    const gateway = endpoints.filter(({ vpcEndpointType }) => vpcEndpointType === "Gateway");
    expect(gateway).toMatchObject([{ serviceName: "com.amazonaws.ap-southeast-3.s3" }]);
    expect(gateway[0]?.routeTableIds).toHaveLength(4);
    const interfaces = endpoints.filter(({ vpcEndpointType }) => vpcEndpointType === "Interface");
    expect(interfaces).toHaveLength(10);
    for (const { privateDnsEnabled, subnetIds } of interfaces) {
      expect(privateDnsEnabled).toBe(true);
      expect(subnetIds).toHaveLength(3);
    }
  });

  test("writes down all traffic, into a bucket that keeps it as long as M21 asks for", () => {
    expect(theOne(rendered(city), "FlowLog").inputs).toMatchObject({ trafficType: "ALL", logDestinationType: "s3" });
    const lifecycle = theOne(rendered(city), "BucketLifecycleConfiguration", "flow-logs-lifecycle");
    expect(lifecycle.inputs.rules).toMatchObject([{ expiration: { days: 180 } }]);
  });

  test("lets AWS deliver that record below the very prefix it writes to", () => {
    const resources = rendered(city);
    const { hiveCompatiblePartitions } = theOne(resources, "FlowLog").inputs.destinationOptions as {
      hiveCompatiblePartitions: boolean;
    };
    // VPC user guide, "Flow log files".
    const account = hiveCompatiblePartitions ? "aws-account-id=111122223333" : "111122223333";
    const [, statements = []] =
      policiesOf(resources).find(([name]) => name.startsWith("BucketPolicy flow-logs-policy")) ?? [];
    const written = statements.find(({ Sid }) => Sid === "FlowLogsWrite");
    expect(written?.Resource).toMatch(new RegExp(`:::[^/]+/AWSLogs/${account}/\\*$`));
    const checked = statements.find(({ Sid }) => Sid === "FlowLogsCheck");
    expect(checked?.Action).toEqual(["s3:GetBucketAcl", "s3:ListBucket"]);
  });

  test("lets the Internet reach the load balancer on two ports, and nothing else", () => {
    const rules = ofType(rendered(city), "SecurityGroupIngressRule").map(({ inputs }) => inputs);
    const open = rules.filter(({ cidrIpv4 }) => cidrIpv4 === "0.0.0.0/0");
    expect(open.map(({ securityGroupId, fromPort, toPort }) => [securityGroupId, fromPort, toPort])).toEqual([
      ["load-balancer-group-id", 80, 80],
      ["load-balancer-group-id", 443, 443],
    ]);
    for (const rule of rules) {
      expect(rule.fromPort).toBe(rule.toPort);
      expect(rule.ipProtocol).toBe("tcp");
      expect([rule.cidrIpv4, rule.referencedSecurityGroupId].filter((source) => source !== undefined)).toHaveLength(1);
    }
    const egress = ofType(rendered(city), "SecurityGroupEgressRule").map(({ inputs }) => inputs);
    for (const rule of egress) expect(rule.cidrIpv4).toBeUndefined();
    expect(theOne(rendered(city), "DefaultSecurityGroup").inputs).toMatchObject({ ingress: [], egress: [] });
    for (const { inputs } of ofType(rendered(city), "SecurityGroup")) {
      expect(inputs).not.toHaveProperty("ingress");
      expect(inputs).not.toHaveProperty("egress");
    }
  });
});

describe.each(cities)("the cluster of %s", (city) => {
  test("is private, encrypted, written down, and known by access entries only", () => {
    expect(theOne(rendered(city), "Cluster").inputs).toMatchObject({
      name: `nusantara-${city}`,
      version: versions.kubernetes,
      vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false },
      encryptionConfig: { resources: ["secrets"] },
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
      bootstrapSelfManagedAddons: false,
      upgradePolicy: { supportType: "EXTENDED" },
    });
    expect(theOne(rendered(city), "LogGroup").inputs).toMatchObject({
      name: `/aws/eks/nusantara-${city}/cluster`,
      retentionInDays: 365,
    });
    expect(theOne(rendered(city), "LogGroup").inputs.kmsKeyId).toBeDefined();
  });

  test("has subnets of its own for the control plane", () => {
    const { vpcConfig } = theOne(rendered(city), "Cluster").inputs as { vpcConfig: { subnetIds: string[] } };
    expect([...vpcConfig.subnetIds].sort()).toEqual(["a", "b", "c"].map((zone) => `network-control-plane-${zone}-id`));
  });

  test("opens its API to the ranges that a stack names, and to those alone", async () => {
    const { resources } = await renderProduction(
      city,
      clusterWith({
        publicAccessCidrs: ["203.0.113.10/32"],
      }),
    );
    expect(theOne(resources, "Cluster").inputs).toMatchObject({
      vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: true, publicAccessCidrs: ["203.0.113.10/32"] },
    });
  });

  test("opens its private API to a VPN that a stack names, for as long as there are Kubernetes objects", async () => {
    const range = "192.168.10.0/24";
    const { resources } = await renderProduction(
      city,
      clusterWith({
        privateAccessCidrs: [range],
      }),
    );
    expect(theOne(resources, "Cluster").inputs).toMatchObject({ vpcConfig: { endpointPublicAccess: false } });
    const rule = theOne(resources, "SecurityGroupIngressRule", "cluster-api-from-192.168.10.0-24");
    expect(rule.inputs).toMatchObject({ ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: range });
    // The group of the nodes and of the control plane's network interfaces, as in the rules of the load balancer.
    expect(rule.inputs.securityGroupId).toBe(
      theOne(resources, "SecurityGroupIngressRule", "load-balancer-https-pods").inputs.securityGroupId,
    );
    const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
    expect(provider?.dependencies).toContain(rule.urn);
    const others = ofType(rendered(city), "SecurityGroupIngressRule").filter(({ name }) => name.includes("-api-from-"));
    expect(others).toEqual([]);
  });

  test("has the pools of M1, those of databases by zone and of fixed size", () => {
    const groups = ofType(rendered(city), "NodeGroup").map(({ name, inputs }) => ({
      name,
      ...(inputs as { scalingConfig: { minSize: number; maxSize: number }; taints?: unknown[]; subnetIds: string[] }),
    }));
    const database = groups.filter(({ name }) => name.startsWith("cluster-database-"));
    expect(database).toHaveLength(city === "jakarta" ? 3 : 2);
    for (const { scalingConfig, taints, subnetIds } of database) {
      expect(scalingConfig).toEqual({ minSize: 1, desiredSize: 1, maxSize: 1 });
      expect(taints).toEqual([{ key: "nusantara.io/dedicated", value: "database", effect: "NO_SCHEDULE" }]);
      expect(subnetIds).toHaveLength(1);
    }
    const general = groups.find(({ name }) => name === "cluster-general");
    expect(general?.scalingConfig).toMatchObject({ minSize: city === "jakarta" ? 3 : 2, maxSize: 8 });
    expect(general?.taints).toBeUndefined();
    expect(general?.subnetIds).toHaveLength(3);
  });

  test("leaves the number of nodes to the autoscaler where it may change it, and nowhere else", () => {
    for (const { name, inputs, ignoreChanges } of ofType(rendered(city), "NodeGroup")) {
      const { minSize, maxSize } = inputs.scalingConfig as { minSize: number; maxSize: number };
      expect([name, ignoreChanges]).toEqual([name, minSize < maxSize ? ["scalingConfig.desiredSize"] : []]);
    }
  });

  test("starts nodes with version 2 of the metadata service only, out of the reach of pods, on encrypted disks of M2", () => {
    const sizes = new Map<string, number>();
    for (const { name, inputs } of ofType(rendered(city), "LaunchTemplate")) {
      expect(inputs.metadataOptions).toMatchObject({ httpTokens: "required", httpPutResponseHopLimit: 1 });
      const [disk] = inputs.blockDeviceMappings as { ebs: Record<string, unknown> }[];
      expect(disk?.ebs).toMatchObject({ encrypted: "true", volumeType: "gp3", deleteOnTermination: "true" });
      expect(disk?.ebs.kmsKeyId).toBeDefined();
      sizes.set(name, Number(disk?.ebs.volumeSize));
      for (const forbidden of ["imageId", "iamInstanceProfile", "networkInterfaces", "vpcSecurityGroupIds", "userData"])
        expect(inputs).not.toHaveProperty(forbidden);
    }
    expect(Object.fromEntries(sizes)).toEqual({
      "cluster-database-template": 500,
      "cluster-general-template": 50,
      "cluster-light-template": 50,
    });
    for (const { inputs } of ofType(rendered(city), "NodeGroup"))
      expect(inputs).toMatchObject({ amiType: "AL2023_x86_64_STANDARD", version: versions.kubernetes });
  });

  test("pins every add-on", () => {
    const pinned = ofType(rendered(city), "Addon").map(({ inputs }) => [inputs.addonName, inputs.addonVersion]);
    expect(Object.fromEntries(pinned)).toEqual(versions.eksAddons);
    for (const { inputs } of ofType(rendered(city), "Addon"))
      expect(inputs).toMatchObject({ resolveConflictsOnUpdate: "OVERWRITE", preserve: false });
  });
});

describe.each(cities)("the order in which %s comes up", (city) => {
  test("is: the log group, the ways out and the rights of the control plane before the cluster", () => {
    const resources = rendered(city);
    const before = comesAfter(theOne(resources, "Cluster"), byUrn(resources));
    const first = ["LogGroup", "NatGateway", "Route"].flatMap((type) => ofType(resources, type));
    expect(first.length).toBeGreaterThan(5);
    expect(urns(first).filter((urn) => !before.has(urn))).toEqual([]);
    expect([...before]).toContain(
      theOne(resources, "RolePolicyAttachment", "cluster-control-plane-AmazonEKSClusterPolicy").urn,
    );
  });

  test("is: the Internet gateway and the public routes before the load balancer, which so goes before them", () => {
    const resources = rendered(city);
    const before = [...comesAfter(theOne(resources, "LoadBalancer"), byUrn(resources))];
    expect(before).toContain(theOne(resources, "InternetGateway").urn);
    expect(before).toContain(theOne(resources, "Route", "network-public-internet").urn);
    const associations = ofType(resources, "RouteTableAssociation").filter(({ name }) => name.includes("-public-"));
    expect(associations).toHaveLength(3);
    expect(before).toEqual(expect.arrayContaining(urns(associations)));
  });

  test("is: the network's settings, Services and identities of pods before the first node, and the nodes' own rights", () => {
    const resources = rendered(city);
    const first = [
      ...["vpc-cni", "kube-proxy", "eks-pod-identity-agent"].map((addon) =>
        theOne(resources, "Addon", `cluster-${addon}`),
      ),
      ...["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"].map((policy) =>
        theOne(resources, "RolePolicyAttachment", `cluster-nodes-${policy}`),
      ),
      theOne(resources, "RolePolicyAttachment", "cluster-vpc-cni-AmazonEKS_CNI_Policy"),
    ];
    for (const group of ofType(resources, "NodeGroup"))
      expect([...comesAfter(group, byUrn(resources))]).toEqual(expect.arrayContaining(urns(first)));
  });

  test("is: nodes before the add-ons that run on them", () => {
    const resources = rendered(city);
    for (const addon of ["coredns", "aws-ebs-csi-driver", "snapshot-controller", "metrics-server"]) {
      const before = comesAfter(theOne(resources, "Addon", `cluster-${addon}`), byUrn(resources));
      expect([...before]).toEqual(expect.arrayContaining(urns(ofType(resources, "NodeGroup"))));
    }
  });

  test("is: nodes, add-ons and rights before any Kubernetes object, which so goes before them", () => {
    const resources = rendered(city);
    const all = byUrn(resources);
    const first = ["Addon", "NodeGroup", "AccessPolicyAssociation"].flatMap((type) => ofType(resources, type));
    const objects = resources.filter(({ type, custom }) => custom && type.startsWith("kubernetes:"));
    expect(objects.length).toBeGreaterThan(100);
    const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
    expect([...(provider ? comesAfter(provider, all) : [])]).toEqual(expect.arrayContaining(urns(first)));
    expect(new Set(objects.map((object) => object.provider))).toEqual(new Set([provider?.urn]));
  });
});

describe("what a stack may save on", () => {
  test("one NAT gateway serves all zones, and endpoints can be left out", async () => {
    const { resources } = await renderProduction(
      "bandung",
      clusterWith({
        natGateways: "single",
        interfaceEndpoints: false,
        protect: false,
      }),
    );
    expect(ofType(resources, "NatGateway").map(({ name }) => name)).toEqual(["network-nat-a"]);
    const out = ofType(resources, "Route").filter(({ inputs }) => inputs.natGatewayId !== undefined);
    expect(out.map(({ inputs }) => inputs.natGatewayId)).toEqual(Array.from({ length: 3 }, () => "network-nat-a-id"));
    expect(ofType(resources, "VpcEndpoint")).toHaveLength(1);
    expect(resources.filter((resource) => resource.protect)).toEqual([]);
    // The volumes and buckets that stay would be lost without their keys.
    const retained = ofAws(resources).filter(({ retainOnDelete }) => retainOnDelete);
    expect(retained.map(({ name }) => name)).toEqual(["key-volumes-key", "key-logs-key", "key-backups-key"]);
  });
});

describe.each(cities)("the volumes of the databases of %s", (city) => {
  test("are encrypted with a key of ours, fast, and outlive their claims (M8)", () => {
    const storageClass = rendered(city).find(({ type }) => type === "kubernetes:storage.k8s.io/v1:StorageClass");
    expect(storageClass?.inputs).toMatchObject({
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true", iops: "16000", throughput: "1000" },
      reclaimPolicy: "Retain",
    });
    expect(storageClass?.inputs).toHaveProperty(["parameters", "kmsKeyId"]);
  });

  test("reach their backups by the identity of their pods", () => {
    const annotated = objectsOf(rendered(city), "ServiceAccount").filter(
      ({ metadata }) =>
        (metadata.annotations as Record<string, string> | undefined)?.["eks.amazonaws.com/role-arn"] !== undefined,
    );
    expect(annotated.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual(
      ["backup", "backup-check", "backup-verify", "core", "reporting", "restore", "restore-drill"].map(
        (name) => `databases/${name}`,
      ),
    );
  });
});
