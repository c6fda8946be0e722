import type { Value } from "../../../policy/model/value.js";
import type { Given } from "./inputs.js";

type Inputs = Record<string, Value>;

export const digest = `sha256:${"a".repeat(64)}`;
export const labels: Inputs = {
  app: "postgres",
  "app.kubernetes.io/name": "core",
  "app.kubernetes.io/part-of": "database",
};

export const container: Inputs = {
  name: "postgres",
  image: `ghcr.io/shop/postgres:1.2.0@${digest}`,
  env: [{ name: "PORT", value: "5432" }],
  ports: [{ containerPort: 5432 }],
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  startupProbe: { tcpSocket: { port: 5432 } },
  readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 5, failureThreshold: 2 },
  livenessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 10, failureThreshold: 3 },
};

export const podSpec: Inputs = {
  serviceAccountName: "core",
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 120,
  securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "postgres" } } },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      topologyKey: "topology.kubernetes.io/zone",
      maxSkew: 1,
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "postgres" } },
    },
  ],
  containers: [container],
  volumes: [{ name: "tmp", emptyDir: {} }],
};

/** Paths of faults begin here. */
export const pod = "spec.template.spec";

const metadata = (name: string): Inputs => ({ name, namespace: "databases", labels });

export const statefulSet: Given = {
  type: "kubernetes:apps/v1:StatefulSet",
  name: "core",
  protect: true,
  provider: "cluster",
  inputs: {
    metadata: metadata("core"),
    spec: {
      serviceName: "db",
      replicas: 2,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      volumeClaimTemplates: [{ spec: { storageClassName: "database" } }],
      template: { metadata: { labels }, spec: podSpec },
    },
  },
};

export const deployment: Given = {
  type: "kubernetes:apps/v1:Deployment",
  name: "order",
  provider: "cluster",
  inputs: { metadata: metadata("order"), spec: { template: { metadata: { labels }, spec: podSpec } } },
};

export const autoscaler: Given = {
  type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  inputs: {
    metadata: metadata("order"),
    spec: { minReplicas: 2, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "order" } },
  },
};

export const disruptionBudget: Given = {
  type: "kubernetes:policy/v1:PodDisruptionBudget",
  inputs: {
    metadata: metadata("core"),
    spec: {
      minAvailable: 1,
      selector: { matchLabels: { app: "postgres" } },
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  },
};

export const storageClass: Given = {
  type: "kubernetes:storage.k8s.io/v1:StorageClass",
  inputs: {
    metadata: { name: "database" },
    provisioner: "ebs.csi.aws.com",
    parameters: { encrypted: "true" },
    reclaimPolicy: "Retain",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  },
};

export const service: Given = {
  type: "kubernetes:core/v1:Service",
  inputs: {
    metadata: metadata("db"),
    spec: { type: "ClusterIP", clusterIP: "None", selector: { app: "postgres" }, ports: [{ port: 5432 }] },
  },
};

export const namespace: Given = {
  type: "kubernetes:core/v1:Namespace",
  inputs: { metadata: { name: "databases", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
};

export const denyAll: Given = {
  type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  name: "deny",
  inputs: { metadata: metadata("default-deny"), spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
};

export const backup: Given = {
  type: "kubernetes:batch/v1:CronJob",
  name: "backup",
  inputs: {
    metadata: {
      name: "backup",
      namespace: "databases",
      labels: { "app.kubernetes.io/name": "backup", "app.kubernetes.io/part-of": "database" },
    },
    spec: { schedule: "0 1 * * *", jobTemplate: { spec: { template: { spec: podSpec } } } },
  },
};

/** A cluster of CloudNativePG that keeps every rule. */
export const postgresCluster: Given = {
  type: "kubernetes:postgresql.cnpg.io/v1:Cluster",
  protect: true,
  inputs: {
    metadata: metadata("cluster"),
    spec: {
      instances: 3,
      imageName: `ghcr.io/shop/postgresql:17.2@${digest}`,
      affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "required" },
      storage: { storageClass: "database" },
      backup: { barmanObjectStore: { destinationPath: "s3://backups" }, retentionPolicy: "30d" },
    },
  },
};

export const scheduledBackup: Given = {
  type: "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup",
  inputs: { metadata: metadata("daily"), spec: { cluster: { name: "cluster" }, schedule: "0 0 1 * * *" } },
};
