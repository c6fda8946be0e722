import type { types } from "@pulumi/kubernetes";
import { selectorLabels, type Labels } from "./labels.js";
import { tunnelPort } from "./mesh.js";

/** A permission to connect: "`from` may call `to` on `port`". */
export interface CallIntent {
  /** Workload that opens the connection. */
  from: string;
  /** Workload that accepts it. */
  to: string;
  /** TCP port of the accepting pod. */
  port: number;
}

/** Who may be on the other side of a connection. */
export type Peer =
  /** Pods of a workload in the same namespace. */
  | { workload: string; partOf: string; port: number }
  /** Any pod of a namespace, by its name. `outsideMesh` where its pods are in no mesh. */
  | { namespace: string; port: number; outsideMesh?: boolean }
  /** Addresses outside the cluster. `except` are ranges inside `cidr` that stay closed. */
  | { cidr: string; except?: readonly string[]; port: number };

export interface NetworkPolicyArgs {
  /** Labels of the pods that the policy is for. */
  selector: Labels;
  /** Who may connect to these pods, and to which of their ports. */
  callers: readonly Peer[];
  /** Whom these pods may connect to, and on which port. */
  callees: readonly Peer[];
  /** Whether the pods are in a service mesh: connections to and from other pods then come through its tunnel. @default false */
  inMesh?: boolean;
}

type Spec = types.input.networking.v1.NetworkPolicySpec;
type PolicyPeer = types.input.networking.v1.NetworkPolicyPeer;

/** Private ranges (RFC 1918), the shared one that EKS uses for pods (RFC 6598), and link-local, where metadata is. */
export const privateRanges = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
] as const;

/** Public addresses on one port: for calls to third parties such as a payment provider. */
export const internet = (port: number): Peer => ({ cidr: "0.0.0.0/0", except: privateRanges, port });

/** One policy for a workload: what is not named is closed, in both directions. */
export function networkPolicy({ selector, callers, callees, inMesh = false }: NetworkPolicyArgs): Spec {
  const ports = (peer: Peer) => [peer.port, ...(inMesh && tunnelled(peer) ? [tunnelPort] : [])].map(tcp);
  return {
    podSelector: { matchLabels: { ...selector } },
    policyTypes: ["Ingress", "Egress"],
    ingress: callers.map((peer) => ({ from: [policyPeer(peer)], ports: ports(peer) })),
    egress: callees.map((peer) => ({ to: [policyPeer(peer)], ports: ports(peer) })),
  };
}

/** Whether a peer is a pod of the mesh: workloads of the same namespace are, and those of others unless they say no. */
const tunnelled = (peer: Peer): boolean => "workload" in peer || ("namespace" in peer && peer.outsideMesh !== true);

/** Nothing goes in or out of any pod of the namespace unless another policy allows it. */
export const defaultDeny = (): Spec => ({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });

/** Every pod of the namespace may ask the cluster's DNS. */
export const allowDns = (): Spec => ({
  podSelector: {},
  policyTypes: ["Egress"],
  egress: [
    {
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
          podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
        },
      ],
      ports: [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ],
    },
  ],
});

/** The callers and callees of one workload, out of the whole system's list of intents. */
export function peersOf(
  workload: string,
  partOf: string,
  intents: readonly CallIntent[],
): Pick<NetworkPolicyArgs, "callers" | "callees"> {
  return {
    callers: intents.filter(({ to }) => to === workload).map(({ from, port }) => ({ workload: from, partOf, port })),
    callees: intents.filter(({ from }) => from === workload).map(({ to, port }) => ({ workload: to, partOf, port })),
  };
}

function policyPeer(peer: Peer): PolicyPeer {
  if ("workload" in peer) {
    return { podSelector: { matchLabels: { ...selectorLabels({ name: peer.workload, partOf: peer.partOf }) } } };
  }
  if ("namespace" in peer) {
    return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } } };
  }
  return { ipBlock: { cidr: peer.cidr, ...(peer.except && { except: [...peer.except] }) } };
}

const tcp = (port: number) => ({ port, protocol: "TCP" });
