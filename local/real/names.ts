import { Kubectl } from "../kubectl.js";
import { ensureGateway } from "../machines/cityServices.js";
import { hostnameAnnotation } from "../nodes/dns.js";
import type { Platform } from "../platform.js";
import type { Manifest } from "../render/manifests.js";
import { dnsSet, resultOf, type Run } from "../run.js";
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
  await Promise.all(
    configs.map(async (config, index) => {
      await openGateway(platform, config.city, services[index] ?? []);
      const changes = await new Kubectl(platform, config.city).apply(dnsSet, dnsObjects(platform, config, images));
      resultOf(run, config.city).platform.push(...changes);
    }),
  );
}

interface ServiceView {
  spec?: { clusterIP?: string; ports?: { port: number }[] };
}

/** Opens the way from this machine to a city's gateway: the Service that the private zone names. */
async function openGateway(platform: Platform, city: string, services: readonly Manifest[]): Promise<void> {
  const gateway = services.find(({ metadata }) => metadata.annotations?.[hostnameAnnotation] !== undefined);
  const { clusterIP, ports } = (gateway as ServiceView | undefined)?.spec ?? {};
  if (clusterIP !== undefined && ports?.[0]) await ensureGateway(platform, city, `${clusterIP}:${ports[0].port}`);
}
