import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { managedBy, meshLabel, type Labels, type MeshMode } from "../kubernetes/index.js";

/** Registers a namespace for a part of the platform, with the Pod Security level that its pods need. Outside the mesh unless it says so. */
export const platformNamespace = (
  name: string,
  {
    namespace,
    podSecurity,
    mesh,
    labels = {},
  }: {
    namespace: string;
    podSecurity: "restricted" | "baseline" | "privileged";
    mesh?: MeshMode;
    /** What else is said of the namespace. */
    labels?: Labels;
  },
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Namespace =>
  new kubernetes.core.v1.Namespace(
    `${name}-namespace`,
    {
      metadata: {
        name: namespace,
        labels: {
          "app.kubernetes.io/managed-by": managedBy,
          "pod-security.kubernetes.io/enforce": podSecurity,
          "pod-security.kubernetes.io/enforce-version": "latest",
          ...(mesh && meshLabel(mesh)),
          ...labels,
        },
      },
    },
    opts,
  );
