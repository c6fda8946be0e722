import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { containerSecurityContext, podSecurityContext, type Spread } from "../kubernetes/index.js";
import {
  imageReference,
  mountedVolume,
  placementSpec,
  volumeName,
  type Image,
  type Mount,
  type Placement,
} from "../workload/index.js";
import type { TierArgs } from "./arguments.js";

type Container = types.input.core.v1.Container;
type PodSpec = types.input.core.v1.PodSpec;

/** What differs between the containers of the data tier; all else is hardened alike. */
export type ContainerArgs = Pick<
  Container,
  | "name"
  | "command"
  | "args"
  | "ports"
  | "resources"
  | "startupProbe"
  | "livenessProbe"
  | "readinessProbe"
  | "lifecycle"
  | "restartPolicy"
> & {
  image: Image;
  /** User that it runs as. @default that of the pod */
  user?: number;
  env?: types.input.core.v1.EnvVar[];
  /** Paths of the pod's volumes that the container sees. */
  sees: readonly string[];
};

export interface PodArgs {
  tier: TierArgs;
  serviceAccountName: pulumi.Input<string>;
  containers: readonly ContainerArgs[];
  /** What runs before them, one after another; with `restartPolicy: Always` it stays beside them and ends last. */
  initContainers?: readonly ContainerArgs[];
  /** Files from ConfigMaps and Secrets. */
  mounts: readonly Mount[];
  /** Directories that start empty, with their size limit; a limit that begins with `memory:` is of a tmpfs. */
  directories: Readonly<Record<string, string>>;
  /** Path of the claim's volume, where the pod has one. */
  claim?: string;
  placement: Placement;
  spread: Spread;
  terminationGracePeriodSeconds: number;
}

/** Name of the volume that a claim template of a StatefulSet provides. */
export const claimName = "data";

/** The pod specification that all of the data tier shares. */
export function podSpec(args: PodArgs): PodSpec {
  const { placement, tier, spread } = args;
  const readOnly = new Set(args.mounts.map(({ path }) => path));
  const mountOf = (path: string) =>
    path === args.claim
      ? { name: claimName, mountPath: path }
      : { name: volumeName(path), mountPath: path, ...(readOnly.has(path) && { readOnly: true }) };
  const containerOf = ({ image, user, sees, ...container }: ContainerArgs): Container => ({
    ...container,
    image: imageReference(image),
    imagePullPolicy: "IfNotPresent",
    securityContext: containerSecurityContext(user),
    volumeMounts: sees.map(mountOf),
  });
  return {
    serviceAccountName: args.serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurityContext(),
    ...(args.initContainers && { initContainers: args.initContainers.map(containerOf) }),
    containers: args.containers.map(containerOf),
    volumes: [
      ...args.mounts.map(mountedVolume),
      ...Object.entries(args.directories).map(([path, limit]) => ({
        name: volumeName(path),
        emptyDir: limit.startsWith("memory:")
          ? { medium: "Memory", sizeLimit: limit.slice("memory:".length) }
          : { sizeLimit: limit },
      })),
    ],
    ...placementSpec(placement, tier.imagePullSecrets),
    ...spread,
    terminationGracePeriodSeconds: args.terminationGracePeriodSeconds,
  };
}

/** A claim template for volumes that outlive their pods and their StatefulSet. */
export const claimTemplate = (
  storageClass: pulumi.Input<string>,
  size: string,
  labels: Readonly<Record<string, string>>,
): types.input.core.v1.PersistentVolumeClaim => ({
  metadata: { name: claimName, labels: { ...labels } },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName: storageClass, resources: { requests: { storage: size } } },
});

/** Claims stay when a pod or the whole set goes: somebody has to decide what becomes of the data (M8). */
export const retainClaims = { whenDeleted: "Retain", whenScaled: "Retain" } as const;
