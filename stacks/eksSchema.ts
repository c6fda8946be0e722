import { z } from "zod";
import ipaddr from "ipaddr.js";
import { cidr } from "./cidr.js";
import { nodeClassNames, type NodeClass } from "./nodeClasses.js";

const instanceType = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'is no instance type; write for example "c7i.2xlarge"');

const publicRange = z.string().superRefine((text, context) => {
  if (!ipaddr.IPv4.isValidCIDR(text))
    context.addIssue({ code: "custom", message: `"${text}" is no IPv4 range; write for example "203.0.113.10/32"` });
  else if (ipaddr.IPv4.parseCIDR(text)[1] < 8)
    context.addIssue({
      code: "custom",
      message: `"${text}" opens the API server to the Internet; name the ranges that you call from, /8 at most`,
    });
});

/**
 * Instance types by class. Their sizes are the nearest that AWS has: no type has as much memory as CPUs in numbers, so
 * every node has twice the memory of M2.
 */
export const defaultInstanceTypes: Readonly<Record<NodeClass, string>> = {
  heavy: "c7i.16xlarge",
  medium: "c7i.2xlarge",
  light: "c7i.xlarge",
};

/** `nusantara:cluster` of a city that makes its own cluster in AWS. */
export const eks = z.strictObject({
  kind: z.literal("eks"),
  /** The provider refuses every other account. */
  accountId: z.string().regex(/^\d{12}$/, "is no AWS account; write its 12 digits in quotes"),
  /** Roles that administer the cluster. The one that runs `pulumi up` must be among them: its maker has no rights. */
  administrators: z
    .array(
      z
        .string()
        .regex(
          /^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/,
          'is no IAM role; write for example "arn:aws:iam::111122223333:role/platform", not an assumed role of STS',
        ),
    )
    .min(1),
  /** Where Let's Encrypt sends its warnings about certificates. */
  acmeEmail: z.email('is no address; write for example "platform@nusantaramart.co.id"'),
  /** Ranges that reach the API server over the Internet. Without any it has no public address. */
  publicAccessCidrs: z.array(publicRange).default([]),
  /**
   * Private ranges that reach the API server's private address on 443, e.g. of a VPN. Without any only what wears the cluster's
   * security group does: its nodes and pods.
   */
  privateAccessCidrs: z
    .array(cidr(8, 32))
    .refine((ranges) => new Set(ranges).size === ranges.length, "names a range twice")
    .default([]),
  /** Letters of three availability zones. Each city begins with another one, and so do its databases. */
  zones: z
    .array(z.string().regex(/^[a-z]$/, 'is no letter of a zone; write for example "a"'))
    .length(3)
    .refine((zones) => new Set(zones).size === zones.length, "names a zone twice")
    .default(["a", "b", "c"]),
  /** `single` saves two gateways, and cuts the whole city off when its zone is lost. */
  natGateways: z.enum(["zone", "single"]).default("zone"),
  /** Whether traffic to the services of AWS stays in the VPC. */
  interfaceEndpoints: z.boolean().default(true),
  instanceTypes: z
    .strictObject(
      Object.fromEntries(
        nodeClassNames.map((name) => [name, instanceType.default(defaultInstanceTypes[name])]),
      ) as Record<NodeClass, z.ZodDefault<typeof instanceType>>,
    )
    .prefault({}),
  /** Speed of each volume of the databases: the most that every gp3 volume can have. */
  databaseVolumes: z
    .strictObject({
      /** Operations a second. */
      iops: z.int().min(3000).max(16_000).default(16_000),
      /** MiB a second. */
      throughput: z.int().min(125).max(1000).default(1000),
    })
    .refine(({ iops, throughput }) => throughput <= iops / 4, {
      path: ["throughput"],
      message: "is more than a quarter of iops, which gp3 does not give",
    })
    .prefault({}),
  /** `STANDARD`: AWS upgrades the control plane by itself when support ends. `EXTENDED`: never, for a higher price. */
  supportType: z.enum(["STANDARD", "EXTENDED"]).default("EXTENDED"),
  /** Whether AWS and the engine refuse to delete what can't be had again: VPC, cluster, keys, buckets. */
  protect: z.boolean().default(true),
});

export type EksConfig = z.output<typeof eks>;
