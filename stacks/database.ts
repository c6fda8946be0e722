import * as pulumi from "@pulumi/pulumi";
import { internet, type Peer } from "../components/kubernetes/index.js";
import {
  PostgresCity,
  type DatabaseSecretsArgs,
  type Repositories,
  type SharedDatabaseSecrets,
} from "../components/postgres/index.js";
import type { Image } from "../components/workload/index.js";
import { isProtected, type CityConfig } from "./config.js";
import type { DatabaseConfig } from "./configSchema.js";
import { placementOn, placementOnDedicated } from "./placement.js";
import { databaseRoles, handedOut } from "./databaseRoles.js";
import { databaseSettings } from "./databaseSettings.js";
import { cityNames } from "./topology.js";
import { versions } from "./versions.js";

/** What the first city makes for all. */
export const databaseSecretsArgs = ({ passwordGeneration }: DatabaseConfig): DatabaseSecretsArgs => ({
  roles: databaseRoles,
  passwordGeneration,
});

export interface CityDatabaseArgs {
  storageClass: pulumi.Input<string>;
  /** Class of volumes that go with their claims. */
  scratchStorageClass: pulumi.Input<string>;
  shared: pulumi.Input<SharedDatabaseSecrets>;
  /** Namespaces whose pods may use the database. */
  clients: readonly string[];
  /** ARN of the role that opens the repositories of backups. @default none */
  repositoryRoleArn?: pulumi.Input<string> | undefined;
  /** What the database comes after. @default nothing */
  after?: readonly pulumi.Resource[];
}

/** The part of the database that stands in a city. */
export function cityDatabase(
  config: CityConfig,
  { after, ...args }: CityDatabaseArgs,
  providers: pulumi.ProviderResource[],
): PostgresCity {
  const { database, nodePools, city } = config;
  const image = (name: keyof typeof versions.images): Image => ({
    repository: `${database.registry}/${name}`,
    version: versions.images[name],
  });
  return new PostgresCity(
    "database",
    {
      city,
      settings: databaseSettings(config),
      images: { postgres: image("postgres"), etcd: image("etcd"), entryPoints: image("entry-points") },
      placement: {
        members: placementOnDedicated("database", nodePools),
        entryPoints: placementOn("medium", nodePools),
      },
      core: database.core,
      reporting: database.reporting,
      etcd: database.etcd,
      entryPoints: database.entryPoints,
      repositories: repositoriesOf(config),
      repositoryCredentials: config.backupCredentials && pulumi.secret(config.backupCredentials),
      repositoryAuthorityPem: database.backup.authorityPem,
      retentionDays: database.backup.retentionDays,
      repositoryPeers: repositoryPeers(config),
      apiServer: { cidr: config.network.nodes, port: 443 },
      certificates: database.certificates,
      registryCredentials: config.registryCredentials && pulumi.secret(config.registryCredentials),
      handedOut,
      protect: isProtected(config),
      // Its TLS, with certificates of its own, goes over all cities; a mesh ends at the edge of one.
      ...(config.cluster.kind === "eks" && { mesh: "none" as const }),
      ...args,
    },
    { providers, ...(after && { dependsOn: [...after] }) },
  );
}

/** `{city}` in a name stands for the city, so that every city can name the repositories of all. */
const named = (pattern: string, city: string): string => pattern.replaceAll("{city}", city);

/** Name of the bucket that a city keeps its backups in. */
export const backupBucket = ({ backup }: DatabaseConfig, city: string): string => named(backup.bucket, city);

function repositoriesOf({ topology, region, database }: CityConfig): Repositories {
  const { endpoint, port, uriStyle, ...backup } = database.backup;
  const at = backup.region ?? region;
  return Object.fromEntries(
    cityNames(topology).map((city) => [
      city,
      {
        kind: "s3",
        bucket: backupBucket(database, city),
        endpoint: named(endpoint ?? `s3.${at}.amazonaws.com`, city),
        region: at,
        uriStyle,
        port,
      },
    ]),
  );
}

/** Amazon's interface is on public addresses, behind the VPC's own gateway; another one is within a city's network. */
const repositoryPeers = ({ topology, network, city, database: { backup } }: CityConfig): Peer[] =>
  backup.endpoint === undefined
    ? [internet(443)]
    : cityNames(topology).map((name) => ({
        cidr: name === city ? network.nodes : (topology.cities[name]?.network.nodes ?? ""),
        port: backup.port,
      }));
