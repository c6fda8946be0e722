import { vpcCniConfiguration } from "../../../components/cluster/index.js";

test("the network plugin gives pods of every zone addresses of its subnet, and leaves policies to Calico", () => {
  const configuration = vpcCniConfiguration({
    region: "ap-southeast-3",
    podSubnets: ["a", "b", "c"].map((zone) => ({ zone: `ap-southeast-3${zone}`, subnetId: `subnet-${zone}` })),
    securityGroupId: "sg-1",
  });
  expect(configuration.eniConfig.subnets).toEqual(
    Object.fromEntries(
      ["a", "b", "c"].map((zone) => [`ap-southeast-3${zone}`, { id: `subnet-${zone}`, securityGroups: ["sg-1"] }]),
    ),
  );
  expect(configuration.enableNetworkPolicy).toBe("false");
});
