import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { chartSource, release, type ChartArgs } from "./chart.js";
import { globalPolicies, type GlobalPoliciesArgs } from "./globalPolicies.js";
import { platformNamespace } from "./platformNamespace.js";

export interface CalicoArgs {
  mirror?: ChartArgs["mirror"];
  /** Versions of the two charts, which must be the same release. */
  versions: { crds: string; operator: string };
  /** What holds for all pods. */
  policies: GlobalPoliciesArgs;
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
    for (const [policy, spec] of Object.entries(globalPolicies(args.policies))) {
      new kubernetes.apiextensions.CustomResource(
        `${name}-${policy}`,
        { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkPolicy", metadata: { name: policy }, spec },
        { parent: this, dependsOn: [apiServer] },
      );
    }
    this.registerOutputs({});
  }
}
