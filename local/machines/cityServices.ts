import { rmSync } from "node:fs";
import { join } from "node:path";
import type { CityConfig } from "../../stacks/config.js";
import { routerAddress } from "../network/addresses.js";
import { inNamespace } from "../network/commands.js";
import { cityNamespace, namespacePath } from "../network/names.js";
import { portsOf, tool, type Platform } from "../platform.js";
import { apiServerOf, inside, kubeconfig, kubeProxyConfiguration } from "./configuration.js";
import { proxyIdentity, writeCredentials, type Identity } from "./credentials.js";
import { cityGroup, gatewayGroup, volumesDirectory } from "./directories.js";
import { quoted } from "./scripts.js";
import { supervise } from "./supervision.js";

/** Who the provisioner is to the API server; its rights stand beside the StorageClass. */
export const provisionerUser = "nusantara:volume-provisioner";
const provisionerIdentity: Identity = { file: "volume-provisioner", commonName: provisionerUser };

const directoryOf = (platform: Platform, name: string): string => join(platform.directory, "services", name);
const gatewayOf = (city: string): string => `${city}-gateway`;

/** A program that passes connections from the loopback address of the machine on into the city. */
const forward = (platform: Platform, city: string, port: number, target: string): string[] =>
  [
    tool(platform, "forward"),
    `-namespace=${namespacePath(cityNamespace(platform, city))}`,
    `127.0.0.1:${port}=${target}`,
  ].map(quoted);

/**
 * What a city with real nodes needs beside its control plane: a way to its API server from this machine, rules for
 * Services in its router, so that other cities and this machine reach them too, and somebody who makes volumes.
 */
export function ensureCityServices(platform: Platform, config: CityConfig): Promise<void> {
  const { city, network } = config;
  const directory = directoryOf(platform, city);
  const etc = join(directory, "etc");
  const { apiServer } = portsOf(platform, city);
  const router = routerAddress(network.nodes);
  const inCity = (name: string, args: readonly string[]): string[] => {
    const [file, rest] = inNamespace(cityNamespace(platform, city), tool(platform, name), args);
    return [file, ...rest].map(quoted);
  };
  const access = (user: string): string => kubeconfig(apiServerOf(router, apiServer), { directory: etc, user });
  return supervise(platform, {
    directory,
    group: cityGroup(platform, city),
    commands: {
      forward: forward(platform, city, apiServer, `127.0.0.1:${apiServer}`),
      "kube-proxy": inCity("kube-proxy", [`--config=${etc}/kube-proxy.yaml`]),
      "volume-provisioner": inCity("volume-provisioner", [
        `-kubeconfig=${etc}/volume-provisioner.kubeconfig`,
        `-directory=${volumesDirectory(platform, city)}`,
        `-mounted=${inside.volumes}`,
      ]),
    },
    configuration: {
      "kube-proxy.yaml": kubeProxyConfiguration({
        name: `${city}-router`,
        address: router,
        kubeconfig: join(etc, "kube-proxy.kubeconfig"),
      }),
      "kube-proxy.kubeconfig": access("kube-proxy"),
      "volume-provisioner.kubeconfig": access("volume-provisioner"),
    },
    credentials: (target) => writeCredentials(platform, city, target, [proxyIdentity, provisionerIdentity]),
  });
}

/** Opens the way from this machine to a city's gateway, whose address is `address:port`. */
export const ensureGateway = (platform: Platform, city: string, target: string): Promise<void> =>
  supervise(platform, {
    directory: directoryOf(platform, gatewayOf(city)),
    group: gatewayGroup(platform, city),
    commands: { forward: forward(platform, city, portsOf(platform, city).gateway, target) },
  });

/** Ends the services of a city and forgets them: their certificates may be of a control plane that is gone. */
export async function removeCityServices(platform: Platform, city: string): Promise<void> {
  for (const group of [cityGroup(platform, city), gatewayGroup(platform, city)]) await group.kill();
  for (const name of [city, gatewayOf(city)]) rmSync(directoryOf(platform, name), { recursive: true, force: true });
}
