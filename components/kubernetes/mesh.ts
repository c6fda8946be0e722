import type { types } from "@pulumi/kubernetes";
import type { Labels } from "./labels.js";
import type { Peer } from "./networkPolicy.js";

/** Whether pods are in the service mesh of their cluster: their connections to each other are then mutual TLS (M6). */
export type MeshMode = "ambient" | "none";

/** Label of a namespace that takes its pods into Istio's mesh, or keeps them out. */
export const meshLabel = (mode: MeshMode): Labels => ({ "istio.io/dataplane-mode": mode });

/**
 * TCP port that pods of the mesh receive each other's connections on, whatever port was called: a network policy sees
 * nothing else. Source: Istio's documentation, "Ambient and Kubernetes NetworkPolicy".
 */
export const tunnelPort = 15_008;

/** Source address that the nodes' agents give to kubelet's probes of pods in the mesh (the same page). */
const probes = "169.254.7.127/32";

/** Kubelet's probes reach every pod of the namespace. */
export const allowProbes = (): types.input.networking.v1.NetworkPolicySpec => ({
  podSelector: {},
  policyTypes: ["Ingress"],
  ingress: [{ from: [{ ipBlock: { cidr: probes } }] }],
});

/** The part of an AuthorizationPolicy of Istio that we use. */
export interface Authorization {
  selector: { matchLabels: Record<string, string> };
  action: "ALLOW";
  rules: { from: { source: Source }[]; to: { operation: { ports: string[] } }[] }[];
}

type Source = { principals: string[] } | { namespaces: string[] } | { ipBlocks: string[]; notIpBlocks?: string[] };

/**
 * Who may connect to pods of the mesh, and to which of their ports: what the network policy of the same callers can't say
 * any more, as the tunnel hides the port. Workloads are known by their certificate, which names the service account and so
 * the workload. Without callers nobody may.
 */
export const authorization = (selector: Labels, namespace: string, callers: readonly Peer[]): Authorization => ({
  selector: { matchLabels: { ...selector } },
  action: "ALLOW",
  rules: callers.map((caller) => ({
    from: [{ source: sourceOf(caller, namespace) }],
    to: [{ operation: { ports: [`${caller.port}`] } }],
  })),
});

function sourceOf(caller: Peer, namespace: string): Source {
  if ("workload" in caller) return { principals: [`cluster.local/ns/${namespace}/sa/${caller.workload}`] };
  if ("namespace" in caller) return { namespaces: [caller.namespace] };
  return { ipBlocks: [caller.cidr], ...(caller.except && { notIpBlocks: [...caller.except] }) };
}
