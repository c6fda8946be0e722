import * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";
import {
  checksum,
  containerSecurityContext,
  labels,
  podSecurityContext,
  scrapedAt,
  selectorLabels,
  spread,
  type Labels,
} from "../kubernetes/index.js";
import {
  imageReference,
  metricsPortOf,
  secretsDirectory,
  secretsVolume,
  volumeName,
  type Mount,
  type Placement,
  type ScratchVolume,
  type WorkloadArgs,
} from "./arguments.js";

type Container = types.input.core.v1.Container;
type PodTemplate = types.input.core.v1.PodTemplateSpec;

export interface PodTemplateArgs {
  workload: WorkloadArgs;
  /** Port that the container serves its callers on; absent for a workload that nobody calls. */
  port?: number;
  probes?: Pick<Container, "startupProbe" | "readinessProbe" | "livenessProbe">;
  lifecycle?: types.input.core.v1.Lifecycle;
  /** @default "Always" */
  restartPolicy?: "Always" | "OnFailure" | "Never";
  /** Whether replicas are spread over hosts and zones; pointless for a DaemonSet or a single run. */
  spread: boolean;
}

/** Names of the ConfigMap and Secret that a workload's template refers to. */
export const configName = (workload: string): string => `${workload}-config`;
export const secretName = (workload: string): string => `${workload}-secrets`;

export const workloadLabels = (args: WorkloadArgs): Labels => labels(args);
export const workloadSelector = (args: WorkloadArgs): Labels => selectorLabels(args);

/** The group is the pod's fsGroup; nobody else in the container reads it. */
export const secretMode = 0o440;

/** The volume of a mount. */
export const mountedVolume = (mount: Mount): types.input.core.v1.Volume =>
  "secret" in mount
    ? { name: volumeName(mount.path), secret: { secretName: mount.secret, defaultMode: secretMode } }
    : { name: volumeName(mount.path), configMap: { name: mount.configMap } };

/** Claim of a volume that goes when its pod does. */
const scratchClaim = (
  { size, storageClass }: ScratchVolume,
  claimLabels: Labels,
): types.input.core.v1.PersistentVolumeClaimTemplate => ({
  metadata: { labels: { ...claimLabels } },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName: storageClass, resources: { requests: { storage: size } } },
});

/** Where pods may run, and as whom their images are pulled. */
export const placementSpec = (
  { nodeSelector, tolerations }: Placement,
  imagePullSecrets: WorkloadArgs["imagePullSecrets"],
): Pick<types.input.core.v1.PodSpec, "nodeSelector" | "tolerations" | "imagePullSecrets"> => ({
  ...(nodeSelector && { nodeSelector: { ...nodeSelector } }),
  ...(tolerations && { tolerations: [...tolerations] }),
  ...(imagePullSecrets && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
});

/** The pod template that all workloads share: hardened, placed, configured, scraped. */
export function podTemplate(args: PodTemplateArgs): PodTemplate {
  const { workload } = args;
  const {
    placement = {},
    writableDirectories = { "/tmp": "64Mi" },
    secrets = {},
    environment = {},
    mounts = [],
    scratchVolumes = {},
  } = workload;
  const hasSecrets = Object.keys(secrets).length > 0;
  const hasConfig = Object.keys(environment).length > 0;
  const directories = Object.entries(writableDirectories);
  const scratch = Object.entries(scratchVolumes);
  const metricsPort = metricsPortOf(workload);

  const container: Container = {
    name: workload.name,
    image: imageReference(workload.image),
    imagePullPolicy: "IfNotPresent",
    ...(workload.command && { command: [...workload.command] }),
    ...(workload.arguments && { args: [...workload.arguments] }),
    ports: [
      ...(args.port === undefined ? [] : [{ name: "http", containerPort: args.port, protocol: "TCP" }]),
      ...(metricsPort === undefined ? [] : [{ name: "metrics", containerPort: metricsPort, protocol: "TCP" }]),
    ],
    ...(hasConfig && { envFrom: [{ configMapRef: { name: configName(workload.name) } }] }),
    resources: workload.resources,
    securityContext: containerSecurityContext(),
    ...args.probes,
    ...(args.lifecycle && { lifecycle: args.lifecycle }),
    volumeMounts: [
      ...[...directories, ...scratch].map(([mountPath]) => ({ name: volumeName(mountPath), mountPath })),
      ...(hasSecrets ? [{ name: secretsVolume, mountPath: secretsDirectory, readOnly: true }] : []),
      ...mounts.map(({ path }) => ({ name: volumeName(path), mountPath: path, readOnly: true })),
    ],
  };

  return {
    metadata: { labels: { ...workloadLabels(workload) }, annotations: templateAnnotations(workload) },
    spec: {
      serviceAccountName: workload.name,
      automountServiceAccountToken: workload.serviceAccountToken ?? false,
      enableServiceLinks: false,
      securityContext: podSecurityContext(),
      containers: [container],
      volumes: [
        ...directories.map(([path, sizeLimit]) => ({ name: volumeName(path), emptyDir: { sizeLimit } })),
        ...scratch.map(([path, volume]) => ({
          name: volumeName(path),
          ephemeral: { volumeClaimTemplate: scratchClaim(volume, workloadLabels(workload)) },
        })),
        ...(hasSecrets
          ? [{ name: secretsVolume, secret: { secretName: secretName(workload.name), defaultMode: secretMode } }]
          : []),
        ...mounts.map(mountedVolume),
      ],
      ...(args.restartPolicy && { restartPolicy: args.restartPolicy }),
      ...placementSpec(placement, workload.imagePullSecrets),
      ...(args.spread && spread({ selector: workloadSelector(workload), hosts: placement.hosts ?? "required" })),
      terminationGracePeriodSeconds: workload.terminationGracePeriodSeconds ?? 30,
    },
  };
}

/** Scrape annotations, and checksums that roll the pods when their configuration changes. */
function templateAnnotations(workload: WorkloadArgs): Record<string, pulumi.Input<string>> {
  const { environment = {}, secrets = {} } = workload;
  const metricsPort = metricsPortOf(workload);
  return {
    ...(metricsPort !== undefined && scrapedAt(metricsPort)),
    ...(Object.keys(environment).length > 0 && { "nusantara.io/config-checksum": checksum(environment) }),
    ...(Object.keys(secrets).length > 0 && { "nusantara.io/secrets-checksum": pulumi.secret(checksum(secrets)) }),
  };
}
