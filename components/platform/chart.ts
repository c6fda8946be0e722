import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ChartValues } from "./chartValues.js";

/** Where charts come from, by the name of the chart. */
const repositories = {
  "crd.projectcalico.org.v1": "https://docs.tigera.io/calico/charts",
  "tigera-operator": "https://docs.tigera.io/calico/charts",
  "aws-load-balancer-controller": "https://aws.github.io/eks-charts",
  "cert-manager": "https://charts.jetstack.io",
  "external-dns": "https://kubernetes-sigs.github.io/external-dns",
  "cluster-autoscaler": "https://kubernetes.github.io/autoscaler",
  "ingress-nginx": "https://kubernetes.github.io/ingress-nginx",
  traefik: "https://traefik.github.io/charts",
  // Not Google's: nothing is published there from 1.31 on (Istio 1.31, upgrade notes).
  base: "https://blob.istio.io/istio-release/charts",
  istiod: "https://blob.istio.io/istio-release/charts",
  cni: "https://blob.istio.io/istio-release/charts",
  ztunnel: "https://blob.istio.io/istio-release/charts",
} as const;

export type ChartName = keyof typeof repositories;

/** Which chart, and from where. */
export interface ChartArgs {
  /** Version of the chart. */
  version: string;
  /** A registry (`oci://…`) or repository (`https://…`) that has every chart under its own name. @default each one's own */
  mirror?: string | undefined;
}

/** How a chart is named to Helm: in a mirror that is a registry by its full address, else with its repository. */
export function chartSource(
  chart: ChartName,
  { mirror }: Pick<ChartArgs, "mirror">,
): { chart: string; repositoryOpts?: { repo: string } } {
  if (mirror?.startsWith("oci://")) return { chart: `${mirror.replace(/\/$/, "")}/${chart}` };
  return { chart, repositoryOpts: { repo: mirror ?? repositories[chart] } };
}

export interface ReleaseArgs<Chart extends keyof ChartValues> extends ChartArgs {
  /** Name of the release in the namespace. @default the chart's name */
  releaseName?: string;
  namespace: pulumi.Input<string>;
  values: ChartValues[Chart];
}

/** Seconds that a release may take until all it made is ready. */
const timeout = 600;

/** Registers a Helm release, which is undone when it does not become ready. */
export const release = <Chart extends keyof ChartValues>(
  name: string,
  chart: Chart,
  { version, mirror, releaseName = chart, namespace, values }: ReleaseArgs<Chart>,
  opts: pulumi.CustomResourceOptions,
): kubernetes.helm.v3.Release =>
  new kubernetes.helm.v3.Release(
    `${name}-release`,
    {
      ...chartSource(chart, { mirror }),
      name: releaseName,
      version,
      namespace,
      createNamespace: false,
      atomic: true,
      timeout,
      values: { ...values },
    },
    opts,
  );
