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
import type { CityConfig } from "./config.js";
import { cityDatabase, databaseSecretsArgs } from "./database.js";
import { readSharedSecrets, type CityOutputValues, type SharedSecrets } from "./outputs.js";
import { SharedSecretsOrigin } from "./sharedSecrets.js";
import { martNamespace, NusantaraMart } from "./systems/nusantaraMart.js";
import { apiHost, firstCity, ingressHost, privateHost, readHost } from "./topology.js";

/** A city: its cluster, and the systems that run on it. */
export function region(config: CityConfig): CityOutputValues {
  const { city, topology } = config;
  const cloud = config.cluster.kind === "eks" ? cityCloud(config, config.cluster) : undefined;
  const cluster = cloud?.cluster ?? connect(config);
  const providers = {
    kubernetes: cluster.provider,
    random: new random.Provider("random"),
    tls: new tls.Provider("tls"),
  };
  const volumes = storageOf(config, cloud);
  const storage = new RetainedStorageClass("database-storage", volumes, {
    provider: providers.kubernetes,
    protect: config.cluster.kind === "eks" && config.cluster.protect,
  });
  const scratch = new ScratchStorageClass("scratch-storage", volumes, { provider: providers.kubernetes });
  const sharedSecrets = sharedSecretsOf(config, [providers.random, providers.tls]);
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

function sharedSecretsOf(
  { city, topology, database }: CityConfig,
  providers: pulumi.ProviderResource[],
): pulumi.Output<SharedSecrets> {
  const first = firstCity(topology);
  return city === first
    ? new SharedSecretsOrigin("shared", databaseSecretsArgs(database), { providers }).secrets
    : readSharedSecrets(first);
}
