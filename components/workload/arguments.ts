import type * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";
import type { Peer } from "../kubernetes/index.js";

/** Where an image comes from. */
export interface Image {
  /** Registry and repository, e.g. `ghcr.io/nusantaramart/order`. */
  repository: string;
  /** Tag, e.g. `1.4.2`; `latest` is refused. */
  version: string;
  /** Digest, e.g. `sha256:…`. Where it is given, it decides and the tag only tells people what it is. */
  digest?: string | undefined;
}

/** Requests and limits of a container, as Kubernetes quantities. */
export interface Resources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

/** Which nodes a workload may run on. Leave empty to let it run anywhere. */
export interface Placement {
  /** Labels that the node must have. */
  nodeSelector?: Readonly<Record<string, string>>;
  /** Taints that the workload accepts. */
  tolerations?: readonly types.input.core.v1.Toleration[];
  /**
   * Whether replicas must spread over hosts (`required`) or only should (`preferred`, for clusters of one node).
   * @default "required"
   */
  hosts?: "required" | "preferred";
}

/** Files out of a ConfigMap or a Secret that somebody else registers. A change reaches running pods within a minute. */
export type Mount = { path: string } & ({ configMap: pulumi.Input<string> } | { secret: pulumi.Input<string> });

/** A volume that is made with a pod and deleted with it. */
export interface ScratchVolume {
  /** As a Kubernetes quantity. */
  size: string;
  /** A class that deletes volumes with their claims, or each pod would leave one behind. */
  storageClass: pulumi.Input<string>;
}

/** What every kind of workload takes. */
export interface WorkloadArgs {
  /** Name of the workload and of its objects in the namespace, e.g. `order`. A DNS label of at most 52 characters. */
  name: string;
  /** Namespace that the objects live in. */
  namespace: pulumi.Input<string>;
  /** The city, for labels. */
  city: string;
  /** The system that the workload belongs to, e.g. `nusantara-mart`. */
  partOf: string;
  /** Role in the architecture, e.g. `backend`. */
  component: string;
  /** What the container runs. */
  image: Image;
  /** What runs in place of the image's entry point. @default the image's entry point */
  command?: readonly string[];
  /** Arguments of the image's entry point. @default those of the image */
  arguments?: readonly string[];
  /** Requests and limits of the container. */
  resources: Resources;
  /** @default any node */
  placement?: Placement;
  /** Settings that are not secret, as environment variables. Changing one rolls the pods. */
  environment?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Secret values by file name, mounted read-only under `/run/secrets`. Never environment variables, which leak into
   * crash dumps and child processes. Changing one rolls the pods.
   */
  secrets?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Directories that the container may write to, each with its size limit; all else is read-only.
   * @default { "/tmp": "64Mi" }
   */
  writableDirectories?: Readonly<Record<string, string>>;
  /** Volumes by their directory, for what is more than a node's own disk should hold. @default none */
  scratchVolumes?: Readonly<Record<string, ScratchVolume>>;
  /** Directories of files from elsewhere, read-only. Unlike `environment` and `secrets` they don't roll the pods. */
  mounts?: readonly Mount[];
  /** Whether the pods get a token for the Kubernetes API; what it may do is up to Roles. @default false */
  serviceAccountToken?: boolean;
  /** Annotations of the ServiceAccount, such as the role that it stands for in a cloud. @default none */
  serviceAccountAnnotations?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Who may connect to the pods, beside the metrics collector. @default nobody */
  callers?: readonly Peer[];
  /** Whom the pods may connect to, beside the cluster's DNS. @default nobody */
  callees?: readonly Peer[];
  /** Whether the namespace is in a service mesh; callers are then known by their certificates. @default false */
  inMesh?: boolean | undefined;
  /** Port that serves `/metrics`, or `false` for a workload that has none. @default 9090 */
  metricsPort?: number | false;
  /** Names of Secrets in the namespace with credentials of the image registry. */
  imagePullSecrets?: readonly pulumi.Input<string>[];
  /**
   * Seconds from SIGTERM to SIGKILL.
   * @default 30
   */
  terminationGracePeriodSeconds?: number;
}

/** Namespace whose pods collect metrics; every workload lets them in on its metrics port. */
export const monitoringNamespace = "monitoring";

export const defaultMetricsPort = 9090;
/** Where the files of `secrets` are mounted. */
export const secretsDirectory = "/run/secrets";

/** Name of the volume with the files of `secrets`. */
export const secretsVolume = "secrets";

/** Name of the volume behind a writable directory: `/var/cache/app` → `var-cache-app` */
export const volumeName = (path: string): string =>
  path
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

/** `repository:version`, or `repository:version@digest`. */
export const imageReference = ({ repository, version, digest }: Image): string =>
  `${repository}:${version}${digest === undefined ? "" : `@${digest}`}`;

/** The metrics port, or undefined for a workload without metrics. */
export const metricsPortOf = ({ metricsPort = defaultMetricsPort }: WorkloadArgs): number | undefined =>
  metricsPort === false ? undefined : metricsPort;

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * Refuses arguments that Kubernetes would only refuse much later, or accept and never satisfy.
 * @throws Error naming the workload and the argument.
 */
export function validateWorkload(args: WorkloadArgs): void {
  const refuse = (what: string): never => {
    throw new Error(`workload "${args.name}": ${what}`);
  };
  // 52: a CronJob's Jobs get eleven characters more, and 63 is the limit of a DNS label.
  if (!dnsLabel.test(args.name)) refuse("the name must be a lower-case DNS label of at most 52 characters");
  if (args.image.version === "" || args.image.version === "latest") {
    refuse(`image ${args.image.repository} needs a fixed version: "latest" can't be rolled back`);
  }
  if (args.image.digest !== undefined && !digestPattern.test(args.image.digest)) {
    refuse(`"${args.image.digest}" is no image digest: write sha256: and 64 hexadecimal digits`);
  }
  const directories = new Map([[secretsVolume, secretsDirectory]]);
  const paths = [
    ...Object.keys(args.writableDirectories ?? {}),
    ...Object.keys(args.scratchVolumes ?? {}),
    ...(args.mounts ?? []).map((mount) => mount.path),
  ];
  for (const path of paths) {
    const volume = volumeName(path);
    const other = directories.get(volume);
    if (path === secretsDirectory) refuse(`"${path}" is where the secrets are; nothing else can be mounted there`);
    if (!/^\/.*\w/.test(path) || volume.length > 63)
      refuse(`"${path}" is no directory below / that a volume can be mounted on`);
    if (other !== undefined) refuse(`"${path}" and "${other}" would share the volume "${volume}"; rename one of them`);
    directories.set(volume, path);
  }
}
