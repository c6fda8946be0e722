import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { ExistingCluster } from "../components/cluster/index.js";
import { RetainedStorageClass, ScratchStorageClass } from "../components/platform/index.js";
import type { CityConfig } from "./config.js";
import { cityDatabase, databaseSecretsArgs } from "./database.js";
import { readSharedSecrets, type CityOutputValues, type SharedSecrets } from "./outputs.js";
import { SharedSecretsOrigin } from "./sharedSecrets.js";
import { martNamespace, NusantaraMart } from "./systems/nusantaraMart.js";
import { apiHost, firstCity, ingressHost, privateHost } from "./topology.js";

/**
 * A city: its cluster, and the systems that run on it.
 * @throws Error for the target `eks`, which has no components yet.
 */
export function region(config: CityConfig): CityOutputValues {
  const { city, topology } = config;
  const cluster = connect(config);
  const providers = {
    kubernetes: cluster.provider,
    random: new random.Provider("random"),
    tls: new tls.Provider("tls"),
  };
  const storage = new RetainedStorageClass("database-storage", config.storage, { provider: providers.kubernetes });
  const scratch = new ScratchStorageClass("scratch-storage", config.storage, { provider: providers.kubernetes });
  const sharedSecrets = sharedSecretsOf(config, [providers.random, providers.tls]);
  const database = config.database.enabled
    ? cityDatabase(
        config,
        {
          storageClass: storage.className,
          scratchStorageClass: scratch.className,
          shared: sharedSecrets.database,
          clients: [martNamespace],
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
      hosts: [hosts.api, hosts.ingress],
      privateHost: privateHost(topology, "api", city),
      certificateAuthority: sharedSecrets.certificateAuthority,
      sessionSigningKey: sharedSecrets.sessionSigningKey,
      isFirstCity: city === firstCity(topology),
      database: database && { shared: sharedSecrets.database },
      registryCredentials: config.registryCredentials && pulumi.secret(config.registryCredentials),
    },
    { providers: [providers.kubernetes, providers.tls] },
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
    sharedSecrets,
  };
}

function connect({ city, cluster }: CityConfig): ExistingCluster {
  if (cluster.kind === "eks") {
    throw new pulumi.RunError(
      `stack "${city}" asks for cluster.kind "eks", whose components are not in this version. ` +
        'Set nusantara:cluster to { kind: existing, context: <kubeconfig context> }, or run "make up" for local clusters.',
    );
  }
  return new ExistingCluster("cluster", { city, context: cluster.context, kubeconfig: cluster.kubeconfig });
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
