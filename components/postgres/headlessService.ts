import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { hostnameAnnotation, timeToLiveAnnotation, type Labels } from "../kubernetes/index.js";
import type { TierArgs } from "./arguments.js";
import { serviceHost } from "./layout.js";

export interface HeadlessServiceArgs {
  tier: TierArgs;
  labels: Labels;
  /** Name of the Service, and of its pods in the private zone. */
  service: string;
  selector: Labels;
  /** Port numbers by name. */
  ports: Readonly<Record<string, number>>;
}

/** A Service that names each of its pods, for this city and for the others, ready or not: members look for each other. */
export function headlessService(
  name: string,
  { tier, labels, service, selector, ports }: HeadlessServiceArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Service {
  return new kubernetes.core.v1.Service(
    `${name}-service`,
    {
      metadata: {
        name: service,
        namespace: tier.namespace,
        labels: { ...labels },
        annotations: {
          [hostnameAnnotation]: serviceHost(tier.topology, tier.city, service),
          // A pod that starts anew has a new address, and a failover can't wait for the 300 seconds of external-dns.
          [timeToLiveAnnotation]: "10",
          "pulumi.com/skipAwait": "true",
        },
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: { ...selector },
        ports: Object.entries(ports).map(([portName, port]) => ({
          name: portName,
          port,
          targetPort: portName,
          protocol: "TCP",
        })),
      },
    },
    opts,
  );
}
