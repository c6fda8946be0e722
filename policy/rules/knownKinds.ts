import { z } from "zod";
import { kindOf } from "../kubernetes/objectType.js";
import { resourceRule } from "../rule.js";

/** Kinds that the rules judge, or that can't break one: all others might bring pods, volumes or rights of their own. */
const known = new Set([
  "ConfigMap",
  "Endpoints",
  "LimitRange",
  "Namespace",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Pod",
  "PodTemplate",
  "ReplicationController",
  "ResourceQuota",
  "Secret",
  "Service",
  "ServiceAccount",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/ReplicaSet",
  "apps/StatefulSet",
  "autoscaling/HorizontalPodAutoscaler",
  "batch/CronJob",
  "batch/Job",
  "coordination.k8s.io/Lease",
  "discovery.k8s.io/EndpointSlice",
  "networking.k8s.io/Ingress",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/NetworkPolicy",
  "policy/PodDisruptionBudget",
  "postgresql.cnpg.io/Cluster",
  "postgresql.cnpg.io/ScheduledBackup",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "scheduling.k8s.io/PriorityClass",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/StorageClass",
]);

export const knownKinds = resourceRule({
  name: "known-kinds",
  title: "Every Kubernetes kind and every provider is one that the rules know",
  severity: "high",
  level: "mandatory",
  why: "A kind that no rule looks at, such as a list, a webhook or a custom resource, may start pods or grant rights past all of them; another provider for the same cloud makes what no rule has heard of.",
  remedy:
    "Write rules for the kind and add it to this one, or, when it can break none, name it in the parameter others as <group>/<Kind>, or its package in the parameter packages.",
  parameters: z.strictObject({
    /** Further kinds that were looked at, as `<group>/<Kind>`, or `<group>/*` for all of a group. */
    others: z.array(z.string()).default([]),
    /** Packages whose resources the rules know, or that can break none. */
    packages: z.array(z.string()).default(["aws", "kubernetes", "pulumi", "random", "tls"]),
  }),
  appliesTo: (resource) => kindOf(resource) !== undefined || resource.provider !== undefined,
  *judge(resource, { others, packages }) {
    const [ofPackage = ""] = resource.type.split(":");
    if (!packages.includes(ofPackage)) yield `No rule knows resources of the package ${ofPackage}.`;
    const kind = kindOf(resource);
    if (kind === undefined) return;
    const wholeGroup = `${kind.split("/")[0] ?? ""}/*`;
    if (!known.has(kind) && !others.includes(kind) && !others.includes(wholeGroup)) yield `No rule knows ${kind}.`;
  },
});
