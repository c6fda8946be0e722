import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import {
  disruptionBudget,
  labels as standardLabels,
  networkPolicy,
  selectorLabels,
  type Labels,
  type Peer,
} from "../kubernetes/index.js";
import { monitoringNamespace } from "../workload/index.js";
import { partOf, type TierArgs } from "./arguments.js";

export interface SurroundingsArgs {
  tier: TierArgs;
  /** Name of the workload and of its objects. */
  workload: string;
  /** Role in the architecture. */
  component: string;
  /** Labels beside the standard ones. */
  labels?: Labels;
  replicas: number;
  callers: readonly Peer[];
  callees: readonly Peer[];
  /** Ports that the metrics collector reads. */
  metricsPorts: readonly number[];
  /** Files of the ConfigMap. */
  files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Whether an `up` waits until the disruption budget allows a disruption. @default true */
  awaited?: boolean;
  /** Annotations of the ServiceAccount. @default none */
  serviceAccountAnnotations?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** What stands around the pods of a part of the data tier. */
export interface Surroundings {
  metadata: { name: string; namespace: pulumi.Input<string>; labels: Record<string, string> };
  selector: Labels;
  serviceAccountName: pulumi.Output<string>;
  configMapName: pulumi.Output<string>;
  /** For `dependsOn` of the workload. */
  resources: pulumi.Resource[];
}

/** Registers ServiceAccount, NetworkPolicy, configuration and disruption budget of a part of the data tier. */
export function surroundings(name: string, args: SurroundingsArgs, opts: pulumi.CustomResourceOptions): Surroundings {
  const { tier, workload } = args;
  const selector = selectorLabels({ name: workload, partOf });
  const metadata = {
    name: workload,
    namespace: tier.namespace,
    labels: {
      ...standardLabels({ name: workload, component: args.component, partOf, city: tier.city }),
      ...args.labels,
    },
  };
  const serviceAccount = new kubernetes.core.v1.ServiceAccount(
    `${name}-service-account`,
    {
      metadata: {
        ...metadata,
        ...(args.serviceAccountAnnotations && { annotations: { ...args.serviceAccountAnnotations } }),
      },
      automountServiceAccountToken: false,
    },
    opts,
  );
  const collector = args.metricsPorts.map((port): Peer => ({ namespace: monitoringNamespace, port }));
  const policy = new kubernetes.networking.v1.NetworkPolicy(
    `${name}-network-policy`,
    {
      metadata,
      spec: networkPolicy({ selector, callers: [...args.callers, ...collector], callees: args.callees }),
    },
    opts,
  );
  const configMap = new kubernetes.core.v1.ConfigMap(
    `${name}-config`,
    { metadata: { ...metadata, name: `${workload}-config` }, data: { ...args.files } },
    opts,
  );
  const budget = disruptionBudget({ selector, replicas: args.replicas });
  if (budget) {
    const annotations = args.awaited === false && { annotations: { "pulumi.com/skipAwait": "true" } };
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${name}-disruption-budget`,
      { metadata: { ...metadata, ...annotations }, spec: budget },
      opts,
    );
  }
  return {
    metadata,
    selector,
    serviceAccountName: serviceAccount.metadata.name,
    configMapName: configMap.metadata.name,
    resources: [serviceAccount, policy, configMap],
  };
}
