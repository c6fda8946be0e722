import { z } from "zod";
import { certificateLifetime } from "../components/platform/index.js";
import { quantity, resources } from "./quantitySchema.js";
import { registry } from "./registrySchema.js";

const container = (cpu: string, memory: string, limits = { cpu, memory }) => ({ requests: { cpu, memory }, limits });

/** A StatefulSet's pods: what each one gets. */
const stateful = (defaults: { resources: ReturnType<typeof container>; volume: string }) =>
  z
    .strictObject({
      resources: resources.default(defaults.resources),
      /** Size of each pod's volume; it can grow, never shrink. */
      volume: quantity.default(defaults.volume),
    })
    .prefault({});

const hours = z.int().min(1).max(87_600);

/** The key `nusantara:database` of a city's configuration. */
export const database = z.strictObject({
  /** Whether the city has a part of the database at all. */
  enabled: z.boolean().default(true),
  /** Registry and path of our images. */
  registry: registry.default("ghcr.io/nusantara-platform"),
  /**
   * When a commit is acknowledged: once the primary has it on disk (`async`, bounded loss when its city is lost), or
   * once another city has it too (`quorum`, no loss, each commit waits for the link). The same in every city.
   */
  commit: z.enum(["async", "quorum"]).default("async"),
  /** Seconds, as Patroni names them; the bounds of loss and of failover follow from them. The same in every city. */
  timers: z
    .strictObject({
      ttl: z.int().min(20).max(300).default(30),
      loopWait: z.int().min(1).max(60).default(4),
      retryTimeout: z.int().min(3).max(60).default(6),
    })
    .prefault({}),
  /** What the databases hold: a volume that it would not fit into is refused. Not checked where it is not given. */
  data: quantity.optional(),
  /** How far a member may lag and still become primary; by default what the slowest link carries within the RPO. */
  maximumLag: quantity.optional(),
  /** Two of them and two of reporting share a heavy node of 64 vCPUs and 64 GB in the branches (M2, M8). */
  core: stateful({ resources: container("32", "32Gi"), volume: "500Gi" }),
  reporting: stateful({ resources: container("24", "24Gi"), volume: "500Gi" }),
  etcd: stateful({ resources: container("1", "1Gi"), volume: "8Gi" }),
  entryPoints: z
    .strictObject({
      replicas: z.int().min(1).max(20).default(2),
      /** Planned, not measured: 250m for a pod, of which two carry the 4500 requests a second of a city (M17). */
      haproxy: resources.default(container("100m", "128Mi", { cpu: "1", memory: "256Mi" })),
      pgbouncer: resources.default(container("50m", "32Mi", { cpu: "1", memory: "128Mi" })),
    })
    .prefault({}),
  backup: z
    .strictObject({
      /** `{city}` stands for the name of the city, here and in the endpoint. */
      bucket: z
        .string()
        .regex(/^[a-z0-9{][a-z0-9.{}-]{1,61}[a-z0-9}]$/, "is no name of an S3 bucket")
        .default("nusantara-{city}-database-backups"),
      /** Of the bucket; by default the stack's. */
      region: z.string().min(1).optional(),
      /** Host of the S3 interface; by default Amazon's in the region. */
      endpoint: z
        .string()
        .regex(/^[a-z0-9{]([a-z0-9.{}-]*[a-z0-9}])?$/, 'is no host name; write for example "s3.{city}.example.com"')
        .optional(),
      port: z.int().min(1).max(65_535).default(443),
      uriStyle: z.enum(["host", "path"]).default("host"),
      /** Certificate of the authority of the S3 interface, in PEM, where the system does not know it. */
      authorityPem: z.string().min(1).optional(),
      /** Days that point-in-time recovery reaches back. */
      retentionDays: z.int().min(1).max(366).default(14),
    })
    .prefault({}),
  /** Lifetime of certificates, and how long before their end an `up` renews them. */
  certificates: z
    .strictObject({
      validityHours: hours.default(certificateLifetime.validityHours),
      earlyRenewalHours: hours.default(certificateLifetime.earlyRenewalHours),
    })
    .refine(({ validityHours, earlyRenewalHours }) => earlyRenewalHours < validityHours, {
      path: ["earlyRenewalHours"],
      message: "is not less than validityHours: every up would renew every certificate",
    })
    .prefault({}),
  /**
   * Whether what follows from these settings may be otherwise than in the first city: for as long as that city is lost and
   * can't be brought up with the same.
   */
  allowDifferentSettings: z.boolean().default(false),
  /** Raise it by one in the first city to change every password; then bring the others up. */
  passwordGeneration: z.int().min(0).default(0),
});
