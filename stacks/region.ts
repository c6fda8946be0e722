import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { ExistingCluster } from "../components/cluster/index.js";
import {
  RetainedStorageClass,
  ScratchStorageClass,
  type RetainedStorageClassArgs,
} from "../components/platform/index.js";
import { cityAddons } from "./cityAddons.js";
import { cityCloud, type CityCloud } from "./cityCloud.js";
import { isProtected, type CityConfig } from "./config.js";
import { cityDatabase, databaseSecretsArgs } from "./database.js";
import { databaseSettings } from "./databaseSettings.js";
import {
  cityReference,
  readDatabaseSettings,
  readSharedSecrets,
  type CityOutputValues,
  type SharedSecrets,
} from "./outputs.js";
import { requireSameSettings, settingsByPath } from "./sameDatabaseSettings.js";
import { SharedSecretsOrigin } from "./sharedSecrets.js";
import { martNamespace, NusantaraMart } from "./systems/nusantaraMart.js";
import { apiHost, firstCity, ingressHost, privateHost, readHost } from "./topology.js";

/**
 * A city: its cluster, and the systems that run on it.
 * @throws Error for a database that is set otherwise than that of the first city, before the city has anything.
 */
export async function region(config: CityConfig): Promise<CityOutputValues> {
  const { city, topology } = config;
  const generators = { random: new random.Provider("random"), tls: new tls.Provider("tls") };
  const sharedSecrets = await sharedSecretsOf(config, [generators.random, generators.tls]);
  const cloud = config.cluster.kind === "eks" ? cityCloud(config, config.cluster) : undefined;
  const cluster = cloud?.cluster ?? connect(config);
  const providers = { kubernetes: cluster.provider, ...generators };
  const volumes = storageOf(config, cloud);
  const storage = new RetainedStorageClass("database-storage", volumes, {
    provider: providers.kubernetes,
    protect: isProtected(config),
  });
  const scratch = new ScratchStorageClass("scratch-storage", volumes, { provider: providers.kubernetes });
  const addons =
    cloud &&
    config.cluster.kind === "eks" &&
    cityAddons(config, config.cluster, cloud, sharedSecrets.certificateAuthority);
  const database = config.database.enabled
    ? cityDatabase(
        config,
        {
          storageClass: storage.className,
          scratchStorageClass: scratch.className,
          shared: sharedSecrets.database,
          clients: [martNamespace],
          repositoryRoleArn: cloud?.backups.databaseRoleArn,
          ...(addons && { after: addons.all }),
        },
        [providers.kubernetes, providers.random, providers.tls],
      )
    : undefined;
  const hosts = { api: apiHost(topology), ingress: ingressHost(topology, city) };

  const mart = new NusantaraMart(
    "nusantara-mart",
    {
      city,
      services: config.nusantaraMart.services,
      registry: config.nusantaraMart.registry,
      capacity: config.capacityReport,
      nodePools: config.nodePools,
      hosts: [hosts.api, hosts.ingress, ...(addons ? [readHost(topology)] : [])],
      ...(addons && { issuer: addons.publicIssuer, inMesh: true }),
      privateHost: privateHost(topology, "api", city),
      certificateAuthority: sharedSecrets.certificateAuthority,
      sessionSigningKey: sharedSecrets.sessionSigningKey,
      isFirstCity: city === firstCity(topology),
      database: database && { shared: sharedSecrets.database },
      registryCredentials: config.registryCredentials && pulumi.secret(config.registryCredentials),
    },
    { providers: [providers.kubernetes, providers.tls], ...(addons && { dependsOn: addons.all }) },
  );

  return {
    contractVersion: 1,
    city,
    role: topology.cities[city]?.role ?? "branch",
    failsOverTo: config.failsOverTo,
    kubeconfigContext: cluster.context,
    apiHost: hosts.api,
    ingressHost: hosts.ingress,
    namespaces: pulumi.output({ "nusantara-mart": mart.namespace }),
    endpoints: mart.endpoints,
    services: mart.services,
    ...(cloud && { aws: cloud.outputs }),
    ...(config.database.enabled && { databaseSettings: settingsByPath(databaseSettings(config)) }),
    sharedSecrets,
  };
}

function connect({ city, cluster }: CityConfig): ExistingCluster {
  if (cluster.kind !== "existing") throw new Error(`there is no cluster "${cluster.kind}" to connect to`);
  return new ExistingCluster("cluster", { city, context: cluster.context, kubeconfig: cluster.kubeconfig });
}

/** On EKS the volumes get a key of ours and the speed of a database (M8), unless somebody else makes them. */
function storageOf({ storage, cluster }: CityConfig, cloud: CityCloud | undefined): RetainedStorageClassArgs {
  if (!cloud || cluster.kind !== "eks" || storage.provisioner !== "ebs.csi.aws.com") return storage;
  const { iops, throughput } = cluster.databaseVolumes;
  return {
    ...storage,
    parameters: {
      iops: String(iops),
      throughput: String(throughput),
      kmsKeyId: cloud.volumeKeyArn,
      ...storage.parameters,
    },
  };
}

/** Makes what the cities share, or reads it from the city that has made it. */
async function sharedSecretsOf(
  config: CityConfig,
  providers: pulumi.ProviderResource[],
): Promise<pulumi.Output<SharedSecrets>> {
  const { city, topology, database } = config;
  const first = firstCity(topology);
  if (city === first) return new SharedSecretsOrigin("shared", databaseSecretsArgs(database), { providers }).secrets;
  const reference = cityReference(first);
  if (database.enabled) {
    const rule = { city, first, allowed: database.allowDifferentSettings };
    requireSameSettings(rule, databaseSettings(config), await readDatabaseSettings(first, reference));
  }
  return readSharedSecrets(first, reference);
}
