import { cityNames, nusantara, privateHost } from "../../stacks/topology.js";
import { clusterState } from "../clusters.js";
import { Kubectl } from "../kubectl.js";
import { ensureGateway } from "../machines/cityServices.js";
import { hasNetwork } from "../network/namespaces.js";
import { hostnameAnnotation } from "../nodes/dns.js";
import type { Platform } from "../platform.js";
import type { Manifest } from "../render/manifests.js";
import { dnsSet, resultOf, type Run } from "../run.js";
import { localConfig } from "../stack.js";
import { dnsObjects } from "./objects.js";
import { recordZone } from "./zone.js";

/** Lets every city know the names of every other one, and opens the ways from this machine to the gateways. */
export async function publishNames(run: Run): Promise<void> {
  const { platform, configs, images } = run;
  const services = await Promise.all(
    configs.map(({ city }) => new Kubectl(platform, city).list(["services", "--all-namespaces"])),
  );
  recordZone(
    platform,
    services.flat(),
    configs.map(({ city }) => city),
  );
  await Promise.all(configs.map(({ city }, index) => openGateway(platform, city, services[index] ?? [])));
  const chosen = configs.map(({ city }) => city);
  await Promise.all(
    cityNames(nusantara).map(async (city) => {
      const config = configs.find((each) => each.city === city);
      // A city that is not brought up now is told as well, if it is there to be told.
      if (!config && (!hasNetwork(platform, city) || (await clusterState(platform, city)) !== "running")) return;
      const objects = dnsObjects(platform, config ?? localConfig(platform, city), images);
      const changes = await new Kubectl(platform, city).apply(dnsSet, objects);
      if (chosen.includes(city)) resultOf(run, city).platform.push(...changes);
    }),
  );
}

interface ServiceView {
  spec?: { clusterIP?: string; ports?: { port: number }[] };
}

/** Opens the way from this machine to a city's gateway: the Service that the private zone names. */
async function openGateway(platform: Platform, city: string, services: readonly Manifest[]): Promise<void> {
  const name = privateHost(nusantara, "api", city);
  const gateway = services.find(({ metadata }) =>
    metadata.annotations?.[hostnameAnnotation]?.split(",").includes(name),
  );
  const { clusterIP, ports } = (gateway as ServiceView | undefined)?.spec ?? {};
  if (clusterIP !== undefined && ports?.[0]) await ensureGateway(platform, city, `${clusterIP}:${ports[0].port}`);
}
