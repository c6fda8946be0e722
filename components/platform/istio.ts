import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { spread } from "../kubernetes/index.js";
import { childOptions } from "../workload/index.js";
import { release, type ChartArgs } from "./chart.js";
import type { ChartValues } from "./chartValues.js";
import { istioPolicies } from "./istioPolicies.js";
import { platformNamespace } from "./platformNamespace.js";

export interface IstioArgs {
  mirror?: ChartArgs["mirror"];
  /** Version of all four charts. */
  version: string;
  /** Range of the control plane's network interfaces. */
  apiServer: string;
}

/** Namespace of the mesh's own parts. What stands in it holds for the whole cluster. */
export const meshNamespace = "istio-system";

/**
 * Where Istio's images are. The charts' own default is a registry of Google's that gets no images from 1.31 on and is
 * turned off in December 2026 (Istio 1.31, upgrade notes).
 */
const hub = "docker.io/istio";

/** What all charts have in common: the profile sets what ambient mode needs of each. */
const profile = { profile: "ambient" } as const;

/** Values of the chart `istiod`: two replicas apart from each other, with the budget of the chart (`minAvailable: 1`). */
export function istiodValues(): ChartValues["istiod"] {
  const { affinity, topologySpreadConstraints } = spread({ selector: { app: "istiod" } });
  return {
    ...profile,
    global: { hub },
    autoscaleMin: 2,
    autoscaleMax: 4,
    rollingMaxUnavailable: 0,
    affinity,
    topologySpreadConstraints,
    pdb: { minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "2Gi" } },
  };
}

/**
 * Values of the chart `cni`. Other plug-ins keep their file: it puts itself behind the VPC CNI's, and does so again when
 * that is written anew. It runs on database nodes too, where it finds nothing to do, as every node starts pods by it.
 */
export const istioCniValues = (): ChartValues["cni"] => ({
  ...profile,
  global: { hub },
  cniBinDir: "/opt/cni/bin",
  cniConfDir: "/etc/cni/net.d",
  resources: { requests: { cpu: "50m", memory: "100Mi" }, limits: { memory: "512Mi" } },
});

/** Values of the chart `ztunnel`, whose values are flat: one proxy a node, replaced one by one and never without another. */
export const ztunnelValues = (): ChartValues["ztunnel"] => ({
  ...profile,
  hub,
  resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
  // Connections that are open when a node's proxy is replaced have so long to end.
  terminationGracePeriodSeconds: 60,
});

/**
 * Istio in ambient mode (M6): whatever pods of namespaces in the mesh say to each other goes through a proxy on their node,
 * in mutual TLS, and nothing else is accepted. One mesh for each city, as ambient mode does not support several clusters in
 * one flat network (Istio's documentation, "Ambient multicluster"); between cities there is only the data tier, which has
 * TLS of its own. Order: CRDs, control plane, the nodes' plug-in, the proxies, and then the rule that nothing is accepted
 * in plain text. Redirection happens inside the pods, so that it and Calico's rules on the host don't meet.
 *
 * Upgrade: one minor at a time, before the line's end, all four charts at once: the order of registration is that of
 * Istio's upgrade guide. The CRDs are templates of the chart `base`, so that Helm brings them up to date. Long connections
 * through a node break when its proxy is replaced; drain nodes first where that matters.
 */
export class Istio extends pulumi.ComponentResource {
  constructor(name: string, args: IstioArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:Istio", name, {}, opts);
    const children = childOptions(this, opts);
    const own = platformNamespace(
      name,
      { namespace: meshNamespace, podSecurity: "privileged", mesh: "none" },
      children,
    );
    const policies = Object.entries(istioPolicies(args.apiServer)).map(
      ([policy, spec]) =>
        new kubernetes.networking.v1.NetworkPolicy(
          `${name}-${policy}-network-policy`,
          { metadata: { name: policy, namespace: own.metadata.name }, spec },
          children,
        ),
    );
    const chart = <Chart extends "base" | "istiod" | "cni" | "ztunnel">(
      chartName: Chart,
      releaseName: string,
      values: ChartValues[Chart],
      after: pulumi.Resource[],
    ) =>
      release(
        `${name}-${chartName}`,
        chartName,
        { version: args.version, mirror: args.mirror, releaseName, namespace: own.metadata.name, values },
        pulumi.mergeOptions(children, { dependsOn: after }),
      );
    const base = chart("base", "istio-base", profile, policies);
    const controlPlane = chart("istiod", "istiod", istiodValues(), [base]);
    const plugin = chart("cni", "istio-cni", istioCniValues(), [controlPlane]);
    const proxies = chart("ztunnel", "ztunnel", ztunnelValues(), [plugin]);
    new kubernetes.apiextensions.CustomResource(
      `${name}-strict`,
      {
        apiVersion: "security.istio.io/v1",
        kind: "PeerAuthentication",
        // In this namespace and of this name it is the rule of the whole mesh.
        metadata: { name: "default", namespace: own.metadata.name },
        spec: { mtls: { mode: "STRICT" } },
      },
      pulumi.mergeOptions(children, { dependsOn: [proxies] }),
    );
    this.registerOutputs({});
  }
}
