import { hostnameAnnotation } from "../../components/kubernetes/index.js";
import { nusantara, privateHost } from "../../stacks/topology.js";
import { Kubectl } from "../kubectl.js";
import { ensureGateway } from "../machines/cityServices.js";
import type { Platform } from "../platform.js";
import type { Run } from "../run.js";

interface ServiceView {
  spec?: { clusterIP?: string; ports?: { port: number }[] };
}

/** Opens the ways from this machine to the gateways of the cities. */
export const openGateways = async ({ platform, configs }: Run): Promise<void> => {
  await Promise.all(configs.map(({ city }) => openGateway(platform, city)));
};

/** Opens the way from this machine to a city's gateway: the Service that the private zone names. */
async function openGateway(platform: Platform, city: string): Promise<void> {
  const services = await new Kubectl(platform, city).list(["services", "--all-namespaces"]);
  const name = privateHost(nusantara, "api", city);
  const gateway = services.find(({ metadata }) =>
    metadata.annotations?.[hostnameAnnotation]?.split(",").includes(name),
  );
  const { clusterIP, ports } = (gateway as ServiceView | undefined)?.spec ?? {};
  if (clusterIP !== undefined && ports?.[0]) await ensureGateway(platform, city, `${clusterIP}:${ports[0].port}`);
}
