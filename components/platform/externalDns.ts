import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PodIdentity } from "../aws/index.js";
import { childOptions } from "../workload/index.js";
import { release, type ChartArgs } from "./chart.js";
import { platformNamespace } from "./platformNamespace.js";
import { platformPolicy } from "./platformPolicy.js";

export interface ExternalDnsArgs extends ChartArgs {
  clusterName: string;
  clusterArn: pulumi.Input<string>;
  accountId: string;
  region: string;
  /** Name of the role; the stack that has the zone gives it its rights. */
  roleName: string;
  /** The private zone, e.g. `nusantara.internal`. */
  zone: string;
  /** Ranges of the control plane, in CIDR notation. */
  apiServer: string;
}

const namespace = "external-dns";
const serviceAccount = "external-dns";

/**
 * Publishes the pods of Services with a host name into the private zone, for the other cities (design, section 6). It only
 * touches records that are its own, by the name of the cluster. Until the zone is there it tries again and again.
 *
 * One replica without a disruption budget: two would work on the same records without an election, names stay what they are
 * while none runs, and a budget over one pod would block every drain.
 *
 * Upgrade: raise the chart's version; names stay while it restarts.
 */
export class ExternalDns extends pulumi.ComponentResource {
  constructor(name: string, args: ExternalDnsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:platform:ExternalDns", name, {}, opts);
    const children = childOptions(this, opts);
    const own = platformNamespace(name, { namespace, podSecurity: "restricted" }, children);
    const identity = new PodIdentity(`${name}-identity`, { ...args, namespace, serviceAccount }, children);
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network-policy`,
      {
        metadata: { name: "external-dns", namespace: own.metadata.name },
        spec: platformPolicy({ apiServer: args.apiServer, metricsPort: 7979 }),
      },
      children,
    );
    release(
      name,
      "external-dns",
      {
        ...args,
        namespace: own.metadata.name,
        values: {
          provider: { name: "aws" },
          sources: ["service"],
          policy: "sync",
          registry: "txt",
          txtOwnerId: args.clusterName,
          domainFilters: [args.zone],
          managedRecordTypes: ["A"],
          // Releases differ in their default.
          annotationPrefix: "external-dns.alpha.kubernetes.io/",
          interval: "1m",
          triggerLoopOnEvent: true,
          serviceAccount: { create: true, name: serviceAccount },
          env: [{ name: "AWS_REGION", value: args.region }],
          extraArgs: { "aws-zone-type": "private" },
          resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        },
      },
      pulumi.mergeOptions(children, { dependsOn: [identity, policy] }),
    );
    this.registerOutputs({});
  }
}
