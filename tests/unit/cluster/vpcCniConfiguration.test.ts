import { z } from "zod";
import { vpcCniConfiguration } from "../../../components/cluster/index.js";

/**
 * The schema of the add-on as far as it is used, closed at every level like the original: `aws eks
 * describe-addon-configuration --addon-name vpc-cni`, as the AWS CLI's documentation prints it.
 */
const schema = z.strictObject({
  enableNetworkPolicy: z.enum(["true", "false"]),
  env: z.strictObject({
    AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: z.enum(["true", "false"]),
    ENI_CONFIG_LABEL_DEF: z.string(),
    ENABLE_PREFIX_DELEGATION: z.enum(["true", "false"]),
    WARM_PREFIX_TARGET: z.string().regex(/^\d+$/),
    AWS_VPC_K8S_CNI_EXTERNALSNAT: z.enum(["true", "false"]),
    ANNOTATE_POD_IP: z.enum(["true", "false"]),
  }),
  eniConfig: z.strictObject({
    create: z.boolean(),
    region: z.string(),
    subnets: z
      .record(
        z.string().regex(/^[a-z]{2}-[a-z]+-\d[a-z]$/),
        z.strictObject({ id: z.string(), securityGroups: z.array(z.string()).min(1) }),
      )
      .refine((subnets) => Object.keys(subnets).length > 0),
  }),
});

test("the settings of the network plugin satisfy the add-on's schema", () => {
  const configuration = vpcCniConfiguration({
    region: "ap-southeast-3",
    podSubnets: ["a", "b", "c"].map((zone) => ({ zone: `ap-southeast-3${zone}`, subnetId: `subnet-${zone}` })),
    securityGroupId: "sg-1",
  });
  expect(schema.parse(configuration)).toEqual(configuration);
  expect(Object.keys(configuration.eniConfig.subnets)).toEqual([
    "ap-southeast-3a",
    "ap-southeast-3b",
    "ap-southeast-3c",
  ]);
  expect(configuration.enableNetworkPolicy).toBe("false");
});
