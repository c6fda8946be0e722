import { rmSync } from "node:fs";
import { join } from "node:path";
import type { CityConfig } from "../../stacks/config.js";
import { nusantara } from "../../stacks/topology.js";
import { routerAddress } from "../network/addresses.js";
import { inNamespace } from "../network/commands.js";
import { cityNamespace, namespacePath } from "../network/names.js";
import { plannedNodes } from "../nodes/pools.js";
import { storageHost, storagePort } from "../objectStorage/settings.js";
import { portsOf, tool, type Platform } from "../platform.js";
import { apiServerOf, inside, kubeconfig, kubeProxyConfiguration } from "./configuration.js";
import { clusterAuthority, proxyIdentity, writeCredentials, type Identity } from "./credentials.js";
import {
  cityGroup,
  cityServicesDirectory,
  gatewayGroup,
  gatewayServicesDirectory,
  volumesDirectory,
  zoneFile,
} from "./directories.js";
import { storageProgram, storageService } from "./objectStorage.js";
import { dnsPort, ensureZoneFiles, resolverConfiguration } from "./resolver.js";
import { quoted } from "./scripts.js";
import { supervise, untilListening } from "./supervision.js";
import { processorWeights } from "./weights.js";

/** Who the provisioner is to the API server; its rights stand beside the StorageClass. */
export const provisionerUser = "nusantara:volume-provisioner";
const provisionerIdentity: Identity = { file: "volume-provisioner", commonName: provisionerUser };

/** Who the publisher of the city's names is to the API server. */
export const publisherUser = "nusantara:zone-publisher";
const publisherIdentity: Identity = { file: "zone-publisher", commonName: publisherUser };

/** A program that passes connections from the loopback address of the machine on into the city. */
const forward = (platform: Platform, city: string, port: number, target: string): string[] =>
  [
    tool(platform, "forward"),
    `-namespace=${namespacePath(cityNamespace(platform, city))}`,
    `127.0.0.1:${port}=${target}`,
  ].map(quoted);

/** Names of the services that others of the same city and of other cities connect to, with their ports. */
const listening = { resolver: dnsPort, [storageService]: storagePort };

/**
 * What a city with real nodes needs beside its control plane: a way to its API server from this machine, rules for
 * Services in its router, so that other cities and this machine reach them too, somebody who makes volumes, the private
 * zone with somebody who publishes the city's names in it, and object storage. Whatever a drill stopped runs again.
 */
export async function ensureCityServices(platform: Platform, config: CityConfig): Promise<void> {
  const { city, network } = config;
  const directory = cityServicesDirectory(platform, city);
  const etc = join(directory, "etc");
  const { apiServer } = portsOf(platform, city);
  const router = routerAddress(network.nodes);
  const inCity = (name: string, args: readonly string[]): string[] => {
    const [file, rest] = inNamespace(cityNamespace(platform, city), tool(platform, name), args);
    return [file, ...rest].map(quoted);
  };
  const access = (user: string): string => kubeconfig(apiServerOf(router, apiServer), { directory: etc, user });
  const storage = storageProgram(platform, config, etc);
  await supervise(platform, {
    directory,
    group: cityGroup(platform, city),
    weight: processorWeights.cityServices,
    commands: {
      forward: forward(platform, city, apiServer, `127.0.0.1:${apiServer}`),
      "kube-proxy": inCity("kube-proxy", [`--config=${etc}/kube-proxy.yaml`]),
      "volume-provisioner": inCity("volume-provisioner", [
        `-kubeconfig=${etc}/volume-provisioner.kubeconfig`,
        `-directory=${volumesDirectory(platform, city)}`,
        `-mounted=${inside.volumes}`,
      ]),
      "zone-publisher": inCity("zone-publisher", [
        `-kubeconfig=${etc}/zone-publisher.kubeconfig`,
        `-zone=${nusantara.privateZone}`,
        `-city=${city}`,
        `-file=${zoneFile(platform, city)}`,
        `-record=${storageHost(city)}=${router}`,
      ]),
      resolver: inCity("coredns", ["-conf", `${etc}/Corefile`]),
      [storageService]: inCity("object-storage", storage.args),
    },
    configuration: {
      "kube-proxy.yaml": kubeProxyConfiguration({
        // The router is no node, and kube-proxy puts no rule before it has seen its node or waited for 30 s.
        name: plannedNodes(config)[0]?.name ?? city,
        address: router,
        kubeconfig: join(etc, "kube-proxy.kubeconfig"),
      }),
      "kube-proxy.kubeconfig": access("kube-proxy"),
      "volume-provisioner.kubeconfig": access("volume-provisioner"),
      "zone-publisher.kubeconfig": access("zone-publisher"),
      Corefile: resolverConfiguration(router, ensureZoneFiles(platform)),
      ...storage.configuration,
    },
    credentials: async (target) => {
      const identities = [proxyIdentity, provisionerIdentity, publisherIdentity];
      await writeCredentials(target, identities, clusterAuthority(platform, city));
      await storage.writeCredentials();
    },
  });
  for (const [service, port] of Object.entries(listening)) {
    await untilListening({ namespace: cityNamespace(platform, city), directory, service, address: router, port });
  }
}

/** Opens the way from this machine to a city's gateway, whose address is `address:port`. */
export const ensureGateway = (platform: Platform, city: string, target: string): Promise<void> =>
  supervise(platform, {
    directory: gatewayServicesDirectory(platform, city),
    group: gatewayGroup(platform, city),
    commands: { forward: forward(platform, city, portsOf(platform, city).gateway, target) },
  });

/** Ends the services of a city and forgets them: their certificates may be of a control plane that is gone. */
export async function removeCityServices(platform: Platform, city: string): Promise<void> {
  for (const group of [cityGroup(platform, city), gatewayGroup(platform, city)]) await group.kill();
  for (const directory of [cityServicesDirectory(platform, city), gatewayServicesDirectory(platform, city)])
    rmSync(directory, { recursive: true, force: true });
}
