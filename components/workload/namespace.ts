import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  allowDns,
  allowProbes,
  defaultDeny,
  managedBy,
  meshLabel,
  type Labels,
  type MeshMode,
} from "../kubernetes/index.js";
import type { Resources } from "./arguments.js";
import { childOptions } from "./companions.js";

/** Sums that all pods of a namespace together may not exceed, as Kubernetes quantities. */
export interface Quota {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
  /** Number of pods. */
  pods: number;
}

export interface NamespaceArgs {
  /** Name of the namespace in the cluster. */
  name: string;
  /** The city, for labels. */
  city: string;
  quota: Quota;
  /**
   * What a container gets that names no resources itself.
   * @default requests 50m/64Mi, limits 200m/256Mi
   */
  defaultResources?: Resources;
  /**
   * Pod Security level that is enforced. `privileged` only for what truly needs the host.
   * @default "restricted"
   */
  podSecurity?: "restricted" | "baseline" | "privileged";
  /** Whether the pods are in the service mesh of the cluster. @default there is none */
  mesh?: MeshMode | undefined;
}

const smallContainer: Resources = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { cpu: "200m", memory: "256Mi" },
};

/** A namespace that is closed until something opens it: quota, limits, Pod Security, and no traffic but DNS. */
export class Namespace extends pulumi.ComponentResource {
  readonly namespace: kubernetes.core.v1.Namespace;
  /** The name, known only once the namespace is there: using it makes others wait for the namespace. */
  readonly namespaceName: pulumi.Output<string>;

  constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:workload:Namespace", name, {}, opts);
    const labels = namespaceLabels(args);
    const children = childOptions(this, opts);

    this.namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: args.name,
          labels: {
            ...labels,
            ...podSecurityLabels(args.podSecurity ?? "restricted"),
            ...(args.mesh && meshLabel(args.mesh)),
          },
        },
      },
      children,
    );
    this.namespaceName = this.namespace.metadata.name;
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: this.namespaceName,
      labels: { ...labels },
    });

    new kubernetes.core.v1.ResourceQuota(
      `${name}-quota`,
      { metadata: metadata("quota"), spec: { hard: quotaLimits(args.quota) } },
      children,
    );
    new kubernetes.core.v1.LimitRange(
      `${name}-limit-range`,
      { metadata: metadata("defaults"), spec: { limits: [limitRange(args.defaultResources ?? smallContainer)] } },
      children,
    );
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-default-deny`,
      { metadata: metadata("default-deny"), spec: defaultDeny() },
      children,
    );
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-allow-dns`,
      { metadata: metadata("allow-dns"), spec: allowDns() },
      children,
    );
    if (args.mesh === "ambient") {
      new kubernetes.networking.v1.NetworkPolicy(
        `${name}-allow-probes`,
        { metadata: metadata("allow-probes"), spec: allowProbes() },
        children,
      );
    }
    this.registerOutputs({ namespaceName: this.namespaceName });
  }
}

const namespaceLabels = ({ name, city }: NamespaceArgs): Labels => ({
  "app.kubernetes.io/part-of": name,
  "app.kubernetes.io/managed-by": managedBy,
  "nusantara.io/city": city,
});

const podSecurityLabels = (level: string): Labels => ({
  "pod-security.kubernetes.io/enforce": level,
  "pod-security.kubernetes.io/enforce-version": "latest",
  "pod-security.kubernetes.io/warn": level,
  "pod-security.kubernetes.io/audit": level,
});

const quotaLimits = ({ requests, limits, pods }: Quota): Record<string, string> => ({
  "requests.cpu": requests.cpu,
  "requests.memory": requests.memory,
  "limits.cpu": limits.cpu,
  "limits.memory": limits.memory,
  pods: `${pods}`,
});

const limitRange = ({ requests, limits }: Resources): kubernetes.types.input.core.v1.LimitRangeItem => ({
  type: "Container",
  defaultRequest: requests,
  default: limits,
});
