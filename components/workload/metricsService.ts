import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { metricsPortOf, type WorkloadArgs } from "./arguments.js";
import { metadata } from "./deployment.js";
import { workloadSelector } from "./podTemplate.js";

/** A headless Service that names the pods of a workload whose only port is its metrics. */
export function metricsService(
  resourceName: string,
  args: WorkloadArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Service | undefined {
  const port = metricsPortOf(args);
  if (port === undefined) return undefined;
  return new kubernetes.core.v1.Service(
    `${resourceName}-service`,
    {
      metadata: {
        ...metadata(args),
        // No pod may be there yet, e.g. no node of a DaemonSet's kind: that is no reason for the engine to wait.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        clusterIP: "None",
        selector: { ...workloadSelector(args) },
        ports: [{ name: "metrics", port, targetPort: "metrics", protocol: "TCP" }],
      },
    },
    opts,
  );
}
