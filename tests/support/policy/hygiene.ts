import { clusterIdentifier } from "../../../policy/rules/clusterIdentifier.js";
import { deprecatedApi } from "../../../policy/rules/deprecatedApi.js";
import { explicitProvider } from "../../../policy/rules/explicitProvider.js";
import { helmRelease } from "../../../policy/rules/helmRelease.js";
import { knownKinds } from "../../../policy/rules/knownKinds.js";
import { noBarePod } from "../../../policy/rules/noBarePod.js";
import { noDefaultNamespace } from "../../../policy/rules/noDefaultNamespace.js";
import { rbacMinimal } from "../../../policy/rules/rbacMinimal.js";
import { recommendedLabels } from "../../../policy/rules/recommendedLabels.js";
import { casesOf, type RuleCases } from "./cases.js";
import { but } from "./change.js";
import type { Given } from "./inputs.js";
import { deployment, statefulSet } from "./objects.js";

const group = "kubernetes:rbac.authorization.k8s.io/v1";
const role: Given = {
  type: `${group}:Role`,
  inputs: {
    metadata: { name: "reconcile", namespace: "databases" },
    rules: [
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "delete"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["login"], verbs: ["get"] },
    ],
  },
};
const binding: Given = {
  type: `${group}:RoleBinding`,
  inputs: {
    metadata: { name: "reconcile", namespace: "databases" },
    roleRef: { kind: "Role", name: "reconcile" },
    subjects: [{ kind: "ServiceAccount", name: "reconcile" }],
  },
};
const provider: Given = { type: "pulumi:providers:kubernetes", inputs: { clusterIdentifier: "nusantara-jakarta" } };
const release: Given = { type: "kubernetes:helm.sh/v3:Release", inputs: { chart: "cert-manager", version: "v1.21.1" } };
const custom: Given = { type: "kubernetes:cert-manager.io/v1:Certificate", inputs: {} };

export const hygiene: readonly RuleCases[] = [
  casesOf({
    rule: rbacMinimal,
    given: role,
    good: [{ name: "a binding", given: binding }],
    faults: {
      "every verb": { "rules.0.verbs": ["*"] },
      "every resource": { "rules.0.resources": ["*"] },
      "every group": { "rules.0.apiGroups": ["*"] },
      "every Secret": { "rules.1.resourceNames": undefined },
      "more rights": { "rules.0.verbs": ["escalate"] },
      "a shell": { "rules.0.resources": ["pods/exec"] },
      "what others grant": { aggregationRule: { clusterRoleSelectors: [] } },
    },
    bad: [
      { name: "an administrator", given: but(binding, "roleRef.name", "cluster-admin") },
      { name: "anybody", given: but(binding, "subjects.0.name", "system:authenticated") },
      {
        name: "one who may look everywhere",
        given: { ...but(binding, "roleRef.name", "view"), type: `${group}:ClusterRoleBinding` },
      },
    ],
    unknown: ["rules", "rules.0.verbs", "rules.1.resourceNames"],
  }),
  casesOf({
    rule: clusterIdentifier,
    given: provider,
    faults: { "not set": { clusterIdentifier: undefined }, empty: { clusterIdentifier: "" } },
    unknown: ["clusterIdentifier"],
  }),
  casesOf({
    rule: explicitProvider,
    given: deployment,
    bad: [
      { name: "the default one", given: { ...deployment, provider: "default" } },
      { name: "the default one of a version", given: { ...deployment, provider: "default_4_34_2" } },
    ],
  }),
  casesOf({
    rule: helmRelease,
    given: release,
    parameters: { allowed: ["cert-manager"] },
    faults: { "another chart": { chart: "postgresql" }, "no version": { version: undefined } },
    bad: [{ name: "no chart is allowed", given: release }],
    unknown: ["chart"],
  }),
  casesOf({
    rule: knownKinds,
    given: deployment,
    good: [
      { name: "a resource of AWS", given: { type: "aws:eks/cluster:Cluster", provider: "aws", inputs: {} } },
      {
        name: "a named package",
        given: { type: "command:local:Command", provider: "command", inputs: {} },
        parameters: { packages: ["command"] },
      },
      { name: "a patch", given: { ...deployment, type: "kubernetes:apps/v1:DeploymentPatch" } },
      { name: "a named kind", given: custom, parameters: { others: ["cert-manager.io/Certificate"] } },
      { name: "a named group", given: custom, parameters: { others: ["cert-manager.io/*"] } },
    ],
    bad: [
      { name: "a custom resource", given: custom },
      {
        name: "another package for the same cloud",
        given: { type: "aws-native:eks:Cluster", provider: "aws-native", inputs: {} },
      },
      { name: "a list", given: { type: "kubernetes:apps/v1:DeploymentList", inputs: {} } },
      {
        name: "a webhook",
        given: { type: "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration", inputs: {} },
      },
    ],
  }),
  {
    rule: noBarePod,
    // What keeps it is of another kind, which it does not apply to.
    good: [],
    bad: [{ name: "a pod", given: { type: "kubernetes:core/v1:Pod", inputs: {} } }],
    unknown: [],
  },
  casesOf({
    rule: noDefaultNamespace,
    given: statefulSet,
    faults: { "by name": { "metadata.namespace": "default" }, "by default": { "metadata.namespace": undefined } },
    unknown: ["metadata.namespace", "metadata"],
  }),
  casesOf({
    rule: recommendedLabels,
    given: deployment,
    parameters: { labels: ["app.kubernetes.io/name"] },
    faults: { none: { "metadata.labels": undefined } },
    bad: [{ name: "not all", given: deployment }],
    unknown: ["metadata.labels"],
  }),
  casesOf({
    rule: deprecatedApi,
    given: deployment,
    good: [
      { name: "a custom resource's own version", given: { ...custom, type: "kubernetes:x.example.com/v1beta1:X" } },
    ],
    bad: [
      { name: "a beta version", given: { type: "kubernetes:policy/v1beta1:PodDisruptionBudget", inputs: {} } },
      { name: "a kind with a successor", given: { type: "kubernetes:core/v1:Endpoints", inputs: {} } },
    ],
  }),
];
