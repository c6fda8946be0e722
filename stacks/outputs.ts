import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const keyPair = z.strictObject({ certificatePem: z.string().min(1), privateKeyPem: z.string().min(1) });

const login = z.strictObject({
  /** Which of the two logins is handed out. */
  active: z.enum(["a", "b"]),
  passwords: z.strictObject({ a: z.string().min(32), b: z.string().min(32) }),
});

/** What the first city makes once and the others use. Secret as a whole. */
export const sharedSecretsSchema = z.strictObject({
  /** The platform's private certificate authority. */
  certificateAuthority: keyPair,
  /** Key that the gateways sign sessions with; the same everywhere, so that a session survives a fail-over. */
  sessionSigningKey: z.string().min(32),
  database: z.strictObject({
    /** Authority of all certificates inside the data tier. */
    authority: keyPair,
    /** What repositories of backups are encrypted with. */
    repositoryPassphrase: z.string().min(32),
    /** Of each role that logs in with a password. */
    logins: z.record(z.string(), login),
  }),
});

/** What a city has in AWS, for the stack that links the cities. */
const awsOutputsSchema = z.strictObject({
  accountId: z.string(),
  region: z.string(),
  vpcId: z.string(),
  /** In CIDR notation. */
  addressRanges: z.strictObject({ nodes: z.string(), pods: z.string() }),
  /** By name: `public`, and `private-<zone>` for each zone. */
  routeTableIds: z.record(z.string(), z.string()),
  clusterName: z.string(),
  /** Group of nodes and pods. */
  clusterSecurityGroupId: z.string(),
  /** Fixed public addresses that the city's pods call others from (M4). */
  natAddresses: z.array(z.string()),
  /** The way in: its name, and the Route 53 zone of that name. */
  loadBalancer: z.strictObject({ dnsName: z.string(), zoneId: z.string() }),
  backups: z.strictObject({ bucketArn: z.string(), copiesBucketArn: z.string(), keyArn: z.string() }),
  /** Where Loki keeps logs, and the role that its service account in the namespace of monitoring stands for. */
  logs: z.strictObject({ bucketName: z.string(), roleArn: z.string() }),
});

/** The outputs of a city's stack: the contract with other stacks and with deploy pipelines (docs/outputs.md). */
export const cityOutputsSchema = z.strictObject({
  /** Raised when a field changes its meaning or goes; new fields leave it as it is. */
  contractVersion: z.literal(1),
  /** Name of the city. */
  city: z.string(),
  role: z.enum(["primary", "branch"]),
  /** City that takes over the users of this one. */
  failsOverTo: z.string(),
  /** Context in the kubeconfig that reaches the cluster. */
  kubeconfigContext: z.string(),
  /** Public host name of the API, the same in every city. */
  apiHost: z.string(),
  /** Public host name of this city's own entry point. */
  ingressHost: z.string(),
  /** Names of the namespaces by system. */
  namespaces: z.record(z.string(), z.string()),
  /** Where each service answers inside the cluster. */
  endpoints: z.record(z.string(), z.strictObject({ host: z.string(), port: z.int(), url: z.url() })),
  /** What runs of each service. */
  services: z.record(
    z.string(),
    z.strictObject({
      /** Full reference, with the digest where one is pinned. */
      image: z.string(),
      version: z.string(),
      namespace: z.string(),
      /** Name of the Deployment, for `kubectl rollout`. */
      deployment: z.string(),
      /** Least and most replicas. */
      replicas: z.strictObject({ minimum: z.int(), maximum: z.int() }),
    }),
  ),
  /** Of a city on EKS only. */
  aws: awsOutputsSchema.optional(),
  /** What the configuration of the database follows from, by path; every city must say the same. None without a database. */
  databaseSettings: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  sharedSecrets: sharedSecretsSchema,
});

export type CityOutputs = z.infer<typeof cityOutputsSchema>;
export type AwsOutputs = z.infer<typeof awsOutputsSchema>;
export type SharedSecrets = z.infer<typeof sharedSecretsSchema>;

/** The outputs as the program returns them: any part may still be unknown. */
export type CityOutputValues = { [Key in keyof CityOutputs]: pulumi.Input<CityOutputs[Key]> };

/** The stack of another city, which must have been brought up before this one: see the order in `topology.ts`. */
export const cityReference = (city: string, opts?: pulumi.CustomResourceOptions): pulumi.StackReference =>
  new pulumi.StackReference(city, { name: `${pulumi.getOrganization()}/${pulumi.getProject()}/${city}` }, opts);

/**
 * What another city shares.
 * @throws Error inside the output when the stack lacks the outputs or has them in another form.
 */
export const readSharedSecrets = (city: string, reference: pulumi.StackReference): pulumi.Output<SharedSecrets> =>
  pulumi.secret(reference.requireOutput("sharedSecrets").apply((value: unknown) => parseSharedSecrets(city, value)));

/**
 * How the database of another city is set; undefined where it has none, or is of a version that does not say.
 * @throws Error when the stack says it in another form.
 */
export async function readDatabaseSettings(
  city: string,
  reference: pulumi.StackReference,
): Promise<CityOutputs["databaseSettings"]> {
  const details = await reference.getOutputDetails("databaseSettings");
  const schema = cityOutputsSchema.shape.databaseSettings;
  return parseOutput(schema, details.value ?? details.secretValue, { city, name: "databaseSettings" });
}

/**
 * What a city has in AWS.
 * @throws Error inside the output when the stack is not on EKS, or of a version that says nothing of it.
 */
export function readAwsOutputs(city: string, opts?: pulumi.CustomResourceOptions): pulumi.Output<AwsOutputs> {
  return cityReference(city, opts)
    .getOutput("aws")
    .apply((value: unknown) => parseAwsOutputs(city, value));
}

/**
 * The output `aws` of a city's stack, checked.
 * @throws Error that names the wrong fields.
 */
export const parseAwsOutputs = (city: string, value: unknown): AwsOutputs =>
  parseOutput(awsOutputsSchema, value, { city, name: "aws", where: "on EKS " });

/**
 * The output `sharedSecrets` of a city's stack, checked.
 * @throws Error that names the wrong fields; their values are secret.
 */
export const parseSharedSecrets = (city: string, value: unknown): SharedSecrets =>
  parseOutput(sharedSecretsSchema, value, { city, name: "sharedSecrets" });

/** @throws Error that names the wrong fields, without their values. */
function parseOutput<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  { city, name, where = "" }: { city: string; name: keyof CityOutputs; where?: string },
): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path }) => path.join(".") || "(all)").join(", ");
  throw new Error(
    `stack "${city}" has no usable output "${name}" (wrong: ${fields}); bring it up ${where}with this version first`,
  );
}
