import { z } from "zod";
import { cidr } from "./cidr.js";
import { database } from "./databaseSchema.js";
import { eks } from "./eksSchema.js";
import { nodeClassNames, type NodeClass } from "./nodeClasses.js";
import { resources } from "./quantitySchema.js";
import { registry } from "./registrySchema.js";
import { serviceNames, type ServiceName } from "./systems/nusantaraMart/catalogue.js";

const tag = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, 'is no image tag; write for example "1.4.2"')
  .refine((text) => text !== "latest", '"latest" can\'t be rolled back; name a version');

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "is no digest; write sha256: and 64 hexadecimal digits");

const service = z
  .strictObject({
    /** The least number of replicas. */
    replicas: z.int().min(1).max(100).default(2),
    /** Upper bound of the autoscaler; by default what the planned load needs. */
    maximumReplicas: z.int().min(1).max(500).optional(),
    version: tag.optional(),
    digest: digest.optional(),
    resources: resources.optional(),
  })
  .refine(({ replicas, maximumReplicas }) => maximumReplicas === undefined || maximumReplicas >= replicas, {
    path: ["maximumReplicas"],
    message: "is less than replicas",
  });

const nodePool = z
  .strictObject({
    class: z.enum(nodeClassNames as [NodeClass, ...NodeClass[]]),
    /** Nodes that are always there. */
    count: z.int().min(0).max(500),
    /** Nodes that the autoscaler may go up to; by default no more than `count`. */
    maximumCount: z.int().min(0).max(500).optional(),
    /** Only workloads that tolerate the taint `nusantara.io/dedicated=<value>:NoSchedule` may run here. */
    dedicatedTo: z
      .string()
      .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be lower-case letters, digits and dashes")
      .optional(),
  })
  .refine(({ count, maximumCount }) => maximumCount === undefined || maximumCount >= count, {
    path: ["maximumCount"],
    message: "is less than count",
  });

const existing = z.strictObject({
  kind: z.literal("existing"),
  context: z.string().min(1),
  kubeconfig: z.string().min(1).optional(),
});

/** Schema of each key of a city's configuration, below `nusantara:`. */
export const schema = {
  city: z.string(),
  /** AWS region, and the prefix of the zones' names. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is no AWS region; write for example "ap-southeast-3"')
    .default("ap-southeast-3"),
  cluster: z.discriminatedUnion("kind", [existing, eks]),
  /** Overrides the address plan of the topology, range by range. */
  network: z
    .strictObject({
      /** AWS takes VPCs of /16 to /28. */
      nodes: cidr(16, 28).optional(),
      /** Each node gets a /24 of it: /20 is enough for 16 nodes. */
      pods: cidr(10, 20).optional(),
      /** The API server takes no larger range than /12. */
      services: cidr(12, 24).optional(),
    })
    .default({}),
  failsOverTo: z.string().optional(),
  /** Who makes the volumes of databases, and of what kind. */
  storage: z
    .strictObject({
      provisioner: z
        .string()
        .regex(
          /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(\/[a-z0-9-]+)?$/,
          'is no provisioner; write for example "ebs.csi.aws.com"',
        ),
      /** What the provisioner is told, e.g. the type of the disks. */
      parameters: z.record(z.string(), z.string()).default({}),
    })
    .default({ provisioner: "ebs.csi.aws.com", parameters: { type: "gp3", encrypted: "true" } }),
  /** By name. Without pools, workloads run on any node of the cluster. */
  nodePools: z
    .record(
      z.string().regex(/^[a-z]([a-z0-9-]{0,40}[a-z0-9])?$/, "must be lower-case letters, digits and dashes"),
      nodePool,
    )
    .default({}),
  capacity: z
    .strictObject({
      peakRequestsPerSecond: z.number().positive().max(100_000).default(3000),
      headroom: z.number().min(0).max(10).default(0.5),
    })
    .default({ peakRequestsPerSecond: 3000, headroom: 0.5 }),
  nusantaraMart: z
    .strictObject({
      /** Registry and path of the services' images. */
      registry: registry.default("ghcr.io/nusantaramart"),
      /** The services that this stack runs. */
      services: z
        .partialRecord(
          z.enum(serviceNames as [ServiceName, ...ServiceName[]]),
          service.nullable().transform((value) => value ?? service.parse({})),
        )
        .default(() => Object.fromEntries(serviceNames.map((name) => [name, service.parse({})]))),
    })
    .prefault({}),
  /** Where the charts of add-ons come from. */
  charts: z
    .strictObject({
      /** A registry or repository of one's own that has all of them. */
      mirror: z
        .string()
        .regex(/^(oci|https):\/\/\S+$/, 'is no address; write for example "oci://registry.example.com/charts"')
        .optional(),
    })
    .default({}),
  /** Who serves Ingress objects on EKS. */
  ingress: z
    .strictObject({
      kind: z.enum(["ingress-nginx", "traefik"]).default("ingress-nginx"),
      /** In place of the chart's image, e.g. that of a maintained fork. */
      image: z.strictObject({ repository: registry, version: tag, digest: digest.optional() }).optional(),
    })
    .prefault({}),
  /** PostgreSQL over the cities. */
  database: database.prefault({}),
  /** Keys for the repositories of backups, where the cloud gives the pods no identity. A Pulumi secret. */
  backupCredentials: z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) }).optional(),
  /** Credentials of a private image registry. A Pulumi secret. */
  registryCredentials: z
    .strictObject({ server: z.string().min(1), username: z.string().min(1), password: z.string().min(1) })
    .optional(),
} as const;

export type SchemaKey = keyof typeof schema;
export const schemaKeys = Object.keys(schema) as SchemaKey[];

/** Keys whose values must be encrypted in the stack's file, each with the field that is the secret of it. */
export const secretFields = {
  registryCredentials: "password",
  backupCredentials: "secretAccessKey",
} as const satisfies Partial<Record<SchemaKey, string>>;
export const secretKeys: readonly SchemaKey[] = Object.keys(secretFields) as (keyof typeof secretFields)[];

/** The values of all keys, as the schema gives them. */
export type ParsedConfig = { [Key in SchemaKey]: z.output<(typeof schema)[Key]> };
export type ServiceConfig = z.output<typeof service>;
export type DatabaseConfig = z.output<typeof database>;
export type NodePool = z.output<typeof nodePool>;
export type ClusterConfig = z.output<typeof schema.cluster>;
