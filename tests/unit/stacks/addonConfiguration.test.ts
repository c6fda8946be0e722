import { z } from "zod";
import type { CapturedResource } from "../../../local/render/capture.js";
import { ofType } from "../../support/aws.js";
import { renderProduction } from "../../support/city.js";

const flag = z.enum(["true", "false"]);

/**
 * Schemas of the add-ons that get settings, as far as those are used, closed at every level like the originals: `aws eks
 * describe-addon-configuration` prints them. Sources: the AWS CLI's documentation of that command for vpc-cni; the EKS user
 * guide, "Scale CoreDNS Pods for high DNS traffic"; the values of aws-ebs-csi-driver's chart, which its schema is made from.
 */
const schemas: Readonly<Record<string, z.ZodType>> = {
  "vpc-cni": z.strictObject({
    enableNetworkPolicy: flag,
    env: z.strictObject({
      AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: flag,
      ENI_CONFIG_LABEL_DEF: z.string(),
      ENABLE_PREFIX_DELEGATION: flag,
      WARM_PREFIX_TARGET: z.string().regex(/^\d+$/),
      AWS_VPC_K8S_CNI_EXTERNALSNAT: flag,
      ANNOTATE_POD_IP: flag,
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
  }),
  coredns: z.strictObject({
    autoScaling: z.strictObject({
      enabled: z.boolean(),
      minReplicas: z.int().min(2),
      maxReplicas: z.int().max(1000),
    }),
  }),
  "aws-ebs-csi-driver": z.strictObject({
    controller: z.strictObject({ extraVolumeTags: z.record(z.string(), z.string()) }),
  }),
};

test("the settings of the add-ons satisfy the schemas of AWS", async () => {
  const { resources } = await renderProduction("jakarta");
  const settings = ofType(resources, "Addon").flatMap(({ inputs }: CapturedResource): [string, unknown][] =>
    inputs.configurationValues === undefined
      ? []
      : [[String(inputs.addonName), JSON.parse(inputs.configurationValues as string)]],
  );
  expect(settings.map(([name]) => name).sort()).toEqual(Object.keys(schemas).sort());
  for (const [name, configuration] of settings) {
    const problems = schemas[name]?.safeParse(configuration).error?.issues;
    expect([name, problems ?? []]).toEqual([name, []]);
  }
}, 240_000);
