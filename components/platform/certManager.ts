import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PodIdentity } from "../aws/index.js";
import { secretData, spread } from "../kubernetes/index.js";
import { childOptions } from "../workload/index.js";
import type { KeyPair } from "./certificateAuthority.js";
import { release, type ChartArgs } from "./chart.js";
import { platformNamespace } from "./platformNamespace.js";
import { platformPolicy } from "./platformPolicy.js";

export interface CertManagerArgs extends ChartArgs {
  clusterName: string;
  clusterArn: pulumi.Input<string>;
  accountId: string;
  region: string;
  /** Name of the role; the stack that has the public zone gives it its rights. */
  roleName: string;
  /** Where Let's Encrypt sends warnings. */
  acmeEmail: string;
  /** Public zone whose names are proven by DNS; all others are by HTTP. */
  publicZone: string;
  ingressClass: string;
  /** The platform's own authority, for certificates inside. */
  authority: pulumi.Input<KeyPair>;
  /** Range of the control plane's network interfaces. */
  apiServer: string;
}

const namespace = "cert-manager";
const serviceAccount = "cert-manager";

/** Names of the issuers that any namespace may use. */
export const issuers = { public: "letsencrypt", internal: "nusantara-internal" } as const;

/**
 * cert-manager with two issuers (G2): Let's Encrypt for names of the public zone, by DNS-01, so that every city gets a
 * certificate for the name that only one of them answers to, and by HTTP-01 for all other names; and the platform's own
 * authority for what is inside.
 *
 * Upgrade: one minor at a time, the chart's version only; it brings its CRDs along, and keeps them when it goes.
 */
export class CertManager extends pulumi.ComponentResource {
  constructor(name: string, args: CertManagerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:CertManager", name, {}, opts);
    const children = childOptions(this, opts);
    const own = platformNamespace(name, { namespace, podSecurity: "restricted" }, children);
    const identity = new PodIdentity(`${name}-identity`, { ...args, namespace, serviceAccount }, children);
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network-policy`,
      {
        metadata: { name: "cert-manager", namespace: own.metadata.name },
        spec: platformPolicy({
          apiServer: args.apiServer,
          metricsPort: 9402,
          webhookPort: 10250,
          // Before it tells Let's Encrypt to look, it looks itself whether the answer of an HTTP-01 challenge is there.
          publicPorts: [80, 443],
        }),
      },
      children,
    );
    const twice = { replicaCount: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } };
    const small = { resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } } };
    const chart = release(
      name,
      "cert-manager",
      {
        ...args,
        namespace: own.metadata.name,
        values: {
          crds: { enabled: true, keep: true },
          global: { leaderElection: { namespace } },
          serviceAccount: { create: true, name: serviceAccount },
          // The cluster's DNS knows the private zone and the public one; others are out of reach.
          dns01RecursiveNameserversOnly: true,
          ...twice,
          ...small,
          ...spreadOf("cert-manager", "controller"),
          webhook: { ...twice, ...small, ...spreadOf("webhook", "webhook") },
          cainjector: { ...twice, ...small, ...spreadOf("cainjector", "cainjector") },
        },
      },
      pulumi.mergeOptions(children, { dependsOn: [identity, policy] }),
    );
    const afterChart = pulumi.mergeOptions(children, { dependsOn: [chart] });
    const issuer = (issuerName: string, spec: Readonly<Record<string, unknown>>, dependsOn: pulumi.Resource[] = []) =>
      new kubernetes.apiextensions.CustomResource(
        `${name}-${issuerName}`,
        { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: issuerName }, spec },
        pulumi.mergeOptions(children, { dependsOn: [chart, ...dependsOn] }),
      );
    issuer(issuers.public, acmeSpec(args));
    const authority = pulumi.output(args.authority);
    const secret = new kubernetes.core.v1.Secret(
      `${name}-authority`,
      {
        metadata: { name: "nusantara-authority", namespace: own.metadata.name },
        type: "kubernetes.io/tls",
        data: secretData({ "tls.crt": authority.certificatePem, "tls.key": authority.privateKeyPem }),
      },
      afterChart,
    );
    issuer(issuers.internal, { ca: { secretName: "nusantara-authority" } }, [secret]);
    this.registerOutputs({});
  }
}

/** Of the three Deployments of the chart, each keeps its own two pods apart. */
const spreadOf = (appName: string, component: string) =>
  spread({ selector: { "app.kubernetes.io/name": appName, "app.kubernetes.io/component": component } });

/** Source: cert-manager's documentation, "ACME", "Route53" and "HTTP01". */
export const acmeSpec = ({
  acmeEmail,
  publicZone,
  region,
  ingressClass,
}: Pick<CertManagerArgs, "acmeEmail" | "publicZone" | "region" | "ingressClass">) => ({
  acme: {
    server: "https://acme-v02.api.letsencrypt.org/directory",
    email: acmeEmail,
    privateKeySecretRef: { name: "letsencrypt-account" },
    solvers: [
      { selector: { dnsZones: [publicZone] }, dns01: { route53: { region } } },
      { http01: { ingress: { ingressClassName: ingressClass } } },
    ],
  },
});
