import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

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

export interface ReleaseArgs extends ChartArgs {
  namespace: pulumi.Input<string>;
  values: Readonly<Record<string, unknown>>;
}

/** Seconds that a release may take until all it made is ready. */
const timeout = 600;

/** Registers a Helm release of the chart's own name, which is undone when it does not become ready. */
export const release = (
  name: string,
  chart: ChartName,
  { version, mirror, namespace, values }: ReleaseArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.helm.v3.Release =>
  new kubernetes.helm.v3.Release(
    `${name}-release`,
    {
      ...chartSource(chart, { mirror }),
      name: chart,
      version,
      namespace,
      createNamespace: false,
      atomic: true,
      timeout,
      values: { ...values },
    },
    opts,
  );
