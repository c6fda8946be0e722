import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { chartSource, release, type ChartArgs } from "./chart.js";
import { platformNamespace } from "./platformNamespace.js";

export interface CalicoArgs {
  mirror?: ChartArgs["mirror"];
  /** Versions of the two charts, which must be the same release. */
  versions: { crds: string; operator: string };
}

/** Namespaces that policies leave alone: what runs there makes the cluster work, policies included. */
export const systemNamespaces = ["kube-system", "calico-system", "calico-apiserver", "tigera-operator"] as const;

/** Where the metadata service of EC2 answers; nodes keep it to themselves by their hop limit too. */
const metadataService = "169.254.169.254/32";

/** The part of a GlobalNetworkPolicy of Calico that we use. */
export interface GlobalPolicy {
  /** Lower comes first; policies of Kubernetes have 1000. */
  order: number;
  namespaceSelector: string;
  types: ("Ingress" | "Egress")[];
  egress?: {
    action: "Allow" | "Deny";
    protocol?: "TCP" | "UDP";
    destination: { nets?: string[]; namespaceSelector?: string; selector?: string; ports?: number[] };
  }[];
}

/**
 * What holds for pods of all namespaces but those of the system: no way to the metadata service whatever else allows it,
 * the cluster's DNS, and nothing that no policy allows. A selector of namespaces matches no host endpoint, so that nodes
 * are left alone. Source: Calico's documentation, "Global default deny policy best practices".
 */
export function globalPolicies(): Record<string, GlobalPolicy> {
  const namespaceSelector = `kubernetes.io/metadata.name not in {${systemNamespaces.map((name) => `"${name}"`).join(", ")}}`;
  const dns = {
    namespaceSelector: 'kubernetes.io/metadata.name == "kube-system"',
    selector: 'k8s-app == "kube-dns"',
    ports: [53],
  };
  return {
    "deny-instance-metadata": {
      order: 100,
      namespaceSelector,
      types: ["Egress"],
      egress: [{ action: "Deny", destination: { nets: [metadataService] } }],
    },
    "allow-cluster-dns": {
      order: 2000,
      namespaceSelector,
      types: ["Egress"],
      egress: [
        { action: "Allow", protocol: "UDP", destination: dns },
        { action: "Allow", protocol: "TCP", destination: dns },
      ],
    },
    "default-deny": { order: 10_000, namespaceSelector, types: ["Ingress", "Egress"] },
  };
}

/**
 * Calico as the policy engine beside the VPC CNI (M3): it gives no addresses and routes nothing. Order: CRDs, operator,
 * what the operator shall install, and policies once Calico's API answers. The CRDs left the operator's chart with 3.32,
 * and their own chart is too large for a Helm release, so it is rendered and applied. Those of `v1` and not of `v3`, which
 * need an API that EKS 1.35 does not turn on. Sources: Calico's documentation 3.32, "Install on EKS"; issues 12860 and 12864
 * of projectcalico/calico, 2636 of tigera/docs.
 *
 * Upgrade: both versions at once, one minor at a time; the operator rolls the nodes' agents one by one.
 */
export class Calico extends pulumi.ComponentResource {
  constructor(name: string, args: CalicoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:Calico", name, {}, opts);
    const parent = { parent: this };
    const crds = new kubernetes.helm.v4.Chart(
      `${name}-crds`,
      { ...chartSource("crd.projectcalico.org.v1", args), version: args.versions.crds },
      parent,
    );
    const namespace = platformNamespace(
      `${name}-operator`,
      { namespace: "tigera-operator", podSecurity: "privileged" },
      parent,
    );
    const operator = release(
      `${name}-operator`,
      "tigera-operator",
      {
        version: args.versions.operator,
        mirror: args.mirror,
        namespace: namespace.metadata.name,
        // What it installs is said below, after its CRDs are there.
        values: {
          installation: { enabled: false },
          apiServer: { enabled: false },
          goldmane: { enabled: false },
          whisker: { enabled: false },
        },
      },
      { parent: this, dependsOn: [crds] },
    );
    const installation = new kubernetes.apiextensions.CustomResource(
      `${name}-installation`,
      {
        apiVersion: "operator.tigera.io/v1",
        kind: "Installation",
        metadata: { name: "default" },
        spec: {
          variant: "Calico",
          kubernetesProvider: "EKS",
          cni: { type: "AmazonVPC" },
          calicoNetwork: { bgp: "Disabled", linuxDataplane: "Iptables" },
        },
      },
      { parent: this, dependsOn: [operator] },
    );
    const apiServer = new kubernetes.apiextensions.CustomResource(
      `${name}-api-server`,
      {
        apiVersion: "operator.tigera.io/v1",
        kind: "APIServer",
        metadata: { name: "default", annotations: { "pulumi.com/waitFor": "jsonpath={.status.state}=Ready" } },
        spec: {},
      },
      { parent: this, dependsOn: [installation] },
    );
    for (const [policy, spec] of Object.entries(globalPolicies())) {
      new kubernetes.apiextensions.CustomResource(
        `${name}-${policy}`,
        { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkPolicy", metadata: { name: policy }, spec },
        { parent: this, dependsOn: [apiServer] },
      );
    }
    this.registerOutputs({});
  }
}
