import type { types } from "@pulumi/kubernetes";
import { monitoringNamespace } from "../workload/index.js";
import { namespaceOf, tcp } from "./platformPolicy.js";

type Spec = types.input.networking.v1.NetworkPolicySpec;

/**
 * What the parts of the mesh may do, by name. The proxies and the plug-ins of the nodes ask the control plane for
 * configuration and certificates (15012), the API server calls its webhooks (15017), and it and the plug-ins call the API
 * server; metrics are on 15014, 15020 of the proxies. Connections between pods of the mesh leave from and arrive at the pods
 * themselves, so that they are up to the policies of their namespaces. Ports: Istio's documentation, "Application
 * Requirements"; the charts' own policies.
 */
export const istioPolicies = (apiServer: string): Readonly<Record<"istiod" | "istio-cni" | "ztunnel", Spec>> => {
  const monitoring = { from: [namespaceOf(monitoringNamespace)] };
  const toApiServer = { to: [{ ipBlock: { cidr: apiServer } }], ports: [tcp(443)] };
  const istiod = { podSelector: { matchLabels: { app: "istiod" } } };
  const policyTypes = ["Ingress", "Egress"];
  return {
    istiod: {
      ...istiod,
      policyTypes,
      ingress: [
        { from: [{ podSelector: { matchLabels: { app: "ztunnel" } } }], ports: [tcp(15_012)] },
        { from: [{ ipBlock: { cidr: apiServer } }], ports: [tcp(15_017)] },
        { ...monitoring, ports: [tcp(15_014)] },
      ],
      egress: [toApiServer],
    },
    "istio-cni": {
      podSelector: { matchLabels: { "k8s-app": "istio-cni-node" } },
      policyTypes,
      ingress: [{ ...monitoring, ports: [tcp(15_014)] }],
      egress: [toApiServer],
    },
    ztunnel: {
      podSelector: { matchLabels: { app: "ztunnel" } },
      policyTypes,
      ingress: [{ ...monitoring, ports: [tcp(15_020)] }],
      egress: [{ to: [istiod], ports: [tcp(15_012)] }],
    },
  };
};
