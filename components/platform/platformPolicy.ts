import type { types } from "@pulumi/kubernetes";
import { privateRanges, tunnelPort } from "../kubernetes/index.js";
import { monitoringNamespace } from "../workload/index.js";

type Spec = types.input.networking.v1.NetworkPolicySpec;

export interface PlatformPolicyArgs {
  /** Range of the control plane's network interfaces. */
  apiServer: string;
  /** Port that the metrics collector reads. */
  metricsPort: number;
  /** Port of a webhook that the control plane calls. @default none */
  webhookPort?: number;
  /** Ports that anybody may connect to. @default none */
  openPorts?: readonly number[];
  /** Namespaces whose pods it calls, each on one port; through the tunnel of the mesh, which both are in. @default none */
  callees?: readonly { namespace: string; port: number }[];
  /** Ports on public addresses that it calls. @default 443 */
  publicPorts?: readonly number[];
}

/** Where EKS Pod Identity gives out credentials on every node (EKS user guide, "Learn how EKS Pod Identity works"). */
const identityAgent = { ipBlock: { cidr: "169.254.170.23/32" } };

export const tcp = (port: number) => ({ port, protocol: "TCP" });
export const namespaceOf = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

/**
 * What the pods of a controller may do: call the Kubernetes API, the APIs of AWS and others on public or the VPC's own
 * addresses, and get their identity; be read by the metrics collector, and be called where they say so.
 */
export const platformPolicy = (args: PlatformPolicyArgs): Spec => ({
  podSelector: {},
  policyTypes: ["Ingress", "Egress"],
  ingress: [
    { from: [namespaceOf(monitoringNamespace)], ports: [tcp(args.metricsPort)] },
    ...(args.webhookPort === undefined
      ? []
      : [{ from: [{ ipBlock: { cidr: args.apiServer } }], ports: [tcp(args.webhookPort)] }]),
    ...(args.openPorts ? [{ ports: args.openPorts.map(tcp) }] : []),
  ],
  egress: [
    // The API server, and the interface endpoints of AWS's services, which stand among the nodes.
    { to: [{ ipBlock: { cidr: args.apiServer } }], ports: [tcp(443)] },
    {
      to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [...privateRanges] } }],
      ports: (args.publicPorts ?? [443]).map(tcp),
    },
    { to: [identityAgent], ports: [tcp(80)] },
    ...(args.callees ?? []).map(({ namespace, port }) => ({
      to: [namespaceOf(namespace)],
      ports: [tcp(port), tcp(tunnelPort)],
    })),
  ],
});
