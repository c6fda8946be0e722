import type { CapturedResource } from "../../local/render/capture.js";
import { renderCity } from "../support/city.js";
import { broken, rulesOn } from "../support/policy/captured.js";
import { withValue } from "../support/policy/inputs.js";
import type { Value } from "../../policy/model/value.js";

let jakarta: readonly CapturedResource[];

beforeAll(async () => {
  jakarta = (await renderCity("jakarta")).resources;
});

/** A change of a stack that weakens one property. */
type Mutation = (resources: readonly CapturedResource[]) => CapturedResource[];

const one = (resources: readonly CapturedResource[], name: string): CapturedResource => {
  const found = resources.filter((resource) => resource.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`there are ${found.length} resources named ${name}`);
  return only;
};

const replaced =
  (name: string, change: (resource: CapturedResource) => CapturedResource): Mutation =>
  (resources) => {
    const changed = change(one(resources, name));
    return resources.map((resource) => (resource.name === name ? changed : resource));
  };

const set = (name: string, path: string, value: Value | undefined): Mutation =>
  replaced(name, (resource) => ({
    ...resource,
    inputs: withValue(resource.inputs as Value, path, value) as Record<string, unknown>,
  }));

const drop =
  (name: string): Mutation =>
  (resources) => {
    one(resources, name);
    return resources.filter((resource) => resource.name !== name);
  };

const both =
  (first: Mutation, second: Mutation): Mutation =>
  (resources) =>
    second(first(resources));

const twice =
  (name: string): Mutation =>
  (resources) => {
    const resource = one(resources, name);
    return [...resources, { ...resource, urn: `${resource.urn}-again`, name: `${name}-again` }];
  };

const added =
  (type: string, inputs: Record<string, unknown>): Mutation =>
  (resources) => [
    ...resources,
    { ...one(resources, gateway), urn: "urn:pulumi:jakarta::nusantara::x::added", name: "added", type, inputs },
  ];

const [core, etcd, gateway] = [
  "database-core-stateful-set",
  "database-etcd-stateful-set",
  "nusantara-mart-api-gateway-deployment",
];
const pod = "spec.template.spec";
const first = `${pod}.containers.0`;
const affinity = `${pod}.affinity.podAntiAffinity`;
const required = `${affinity}.requiredDuringSchedulingIgnoredDuringExecution`;
const budget = "database-core-disruption-budget";
const ingress = "nusantara-mart-api-gateway-ingress";
const service = "nusantara-mart-order-service";
const storageClass = "database-storage-class";

/** Each breaks one property of the real stack, and exactly one rule. */
const mutations: Readonly<Record<string, readonly [rule: string, mutation: Mutation]>> = {
  "no required anti-affinity": ["anti-affinity-required", set(core, required, undefined)],
  "anti-affinity over zones": [
    "anti-affinity-required",
    set(core, `${required}.0.topologyKey`, "topology.kubernetes.io/zone"),
  ],
  "anti-affinity with other pods": [
    "anti-affinity-required",
    set(core, `${required}.0.labelSelector.matchLabels`, { app: "mysql" }),
  ],
  "no anti-affinity of the votes": ["anti-affinity-required", set(etcd, `${pod}.affinity`, undefined)],
  "no spread over zones": ["zone-spread", set(gateway, `${pod}.topologySpreadConstraints`, [])],
  "no budget for a set": ["disruption-budget-present", drop(budget)],
  "no budget for a service": ["disruption-budget-present", drop("nusantara-mart-payment-disruption-budget")],
  "a second budget": ["disruption-budget-present", twice(budget)],
  "a budget that can never be satisfied": ["disruption-budget-satisfiable", set(budget, "spec.minAvailable", 2)],
  "a budget of all": ["disruption-budget-satisfiable", set(budget, "spec.minAvailable", "100%")],
  "a budget of both kinds": ["disruption-budget-satisfiable", set(budget, "spec.maxUnavailable", 1)],
  "broken pods that block drains": [
    "disruption-budget-unhealthy",
    set(budget, "spec.unhealthyPodEvictionPolicy", undefined),
  ],
  "an autoscaler down to one": [
    "minimum-replicas",
    both(drop("nusantara-mart-order-disruption-budget"), set("nusantara-mart-order-autoscaler", "spec.minReplicas", 1)),
  ],
  "a database that is killed": ["grace-period", set(core, `${pod}.terminationGracePeriodSeconds`, 10)],
  "Delete instead of Retain": ["storage-class-retain", set(storageClass, "reclaimPolicy", "Delete")],
  "the default instead of Retain": ["storage-class-retain", set(storageClass, "reclaimPolicy", undefined)],
  "volumes that are not encrypted": ["storage-encrypted", set(storageClass, "parameters.encrypted", "false")],
  "volumes that can't grow": ["storage-binding", set(storageClass, "allowVolumeExpansion", false)],
  "no StorageClass": ["storage-class-named", drop(storageClass)],
  "the cluster's StorageClass": [
    "storage-class-named",
    set(core, "spec.volumeClaimTemplates.0.spec.storageClassName", undefined),
  ],
  "claims deleted with the set": [
    "claim-retention",
    set(core, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Delete"),
  ],
  "claims deleted when scaled down": [
    "claim-retention",
    set(core, "spec.persistentVolumeClaimRetentionPolicy.whenScaled", undefined),
  ],
  "no backup": [
    "backup-configured",
    both(drop("database-operations-backup-cron-job"), drop("database-operations-backup-network-policy")),
  ],
  "a suspended backup": ["backup-configured", set("database-operations-backup-cron-job", "spec.suspend", true)],
  "a path of the host": ["no-host-path", set(core, `${pod}.volumes.0`, { name: "x", hostPath: { path: "/var" } })],
  "an open namespace": ["default-deny", drop("database-namespace-default-deny")],
  "a policy that lets anybody in": [
    "network-policy-open",
    set("database-core-network-policy", "spec.ingress.0.from", []),
  ],
  "a Service for the Internet": ["load-balancer-restricted", set(service, "spec.type", "LoadBalancer")],
  "a node port": ["no-node-port", set(service, "spec.type", "NodePort")],
  "a Service of nobody": ["dangling-reference", set(service, "spec.selector", { app: "orders" })],
  "an Ingress without TLS": ["ingress-tls", set(ingress, "spec.tls", undefined)],
  "an Ingress for every host": ["ingress-tls", set(ingress, "spec.rules.0.host", undefined)],
  "less Pod Security": ["pod-security-namespace", set("database-namespace-namespace", "metadata.labels", { a: "b" })],
  "a privileged container": ["no-privileged", set(gateway, `${first}.securityContext.privileged`, true)],
  root: ["non-root", set(gateway, `${pod}.securityContext.runAsNonRoot`, false)],
  "set-uid programs": [
    "no-privilege-escalation",
    set(gateway, `${first}.securityContext.allowPrivilegeEscalation`, true),
  ],
  capabilities: ["drop-capabilities", set(gateway, `${first}.securityContext.capabilities.add`, ["NET_ADMIN"])],
  "no seccomp": ["seccomp", set(gateway, `${pod}.securityContext.seccompProfile`, undefined)],
  "a writable root": ["read-only-root", set(gateway, `${first}.securityContext.readOnlyRootFilesystem`, false)],
  "the node's network": ["no-host-namespaces", set(gateway, `${pod}.hostNetwork`, true)],
  "a foreign registry": ["image-registry", set(gateway, `${first}.image`, "docker.io/library/nginx:1.27")],
  "an earlier database": ["version-floor", set(core, `${first}.image`, "ghcr.io/nusantara-platform/postgres:1.3.0")],
  "no limit of memory": ["resource-bounds", set(gateway, `${first}.resources.limits.memory`, undefined)],
  "no readiness": ["probes", set(gateway, `${first}.readinessProbe`, undefined)],
  "a liveness as eager as readiness": ["probes", set(gateway, `${first}.livenessProbe.periodSeconds`, 1)],
  "the default account": ["service-account", set(gateway, `${pod}.serviceAccountName`, undefined)],
  "a token": ["service-account", set(gateway, `${pod}.automountServiceAccountToken`, undefined)],
  "a secret in the environment": [
    "no-secret-in-environment",
    set(gateway, `${first}.env`, [{ name: "API_KEY", value: "x" }]),
  ],
  "a secret in a ConfigMap": ["no-secret-in-config-map", set("nusantara-mart-order-config", "data.PASSWORD", "x")],
  "a role of everything": ["rbac-minimal", set("database-operations-reconcile-role", "rules.0.verbs", ["*"])],
  "the default namespace": [
    "no-default-namespace",
    set("nusantara-mart-order-config", "metadata.namespace", undefined),
  ],
  "the default provider": [
    "explicit-provider",
    replaced(gateway, (resource) => ({ ...resource, provider: "x::default" })),
  ],
  "another cluster at every address": ["cluster-identifier", set("cluster-provider", "clusterIdentifier", undefined)],
  "a Helm Release": ["helm-release", added("kubernetes:helm.sh/v3:Release", { chart: "redis", version: "1.0.0" })],
  "a chart of any version": ["helm-release", added("kubernetes:helm.sh/v3:Release", { chart: "redis" })],
  "another provider for the same cloud": ["known-kinds", added("aws-native:eks:Cluster", {})],
  "a volume past every claim": [
    "pod-security-rest",
    set(core, `${pod}.volumes.0`, { name: "x", nfs: { server: "nas", path: "/" } }),
  ],
  "a policy for all pods of all namespaces": [
    "network-policy-open",
    set("database-core-network-policy", "spec.ingress.0.from", [{ namespaceSelector: {}, podSelector: {} }]),
  ],
  "a webhook": ["known-kinds", added("kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration", {})],
  "no labels": ["recommended-labels", set(gateway, "metadata.labels", { x: "y" })],
};

test("the stack itself breaks no rule", () => {
  expect(broken(jakarta)).toEqual({});
});

test.each(Object.entries(mutations))("%s", (_, [rule, mutation]) => {
  const mutated = mutation(jakarta);
  expect(Object.keys(broken(mutated))).toEqual([rule]);
});

test("on EKS the data tier must be protected", () => {
  expect(broken(jakarta, rulesOn("eks"))).toEqual({
    "protected-resources": expect.arrayContaining([
      core,
      etcd,
      "database-reporting-stateful-set",
      storageClass,
    ]) as unknown,
  });
  const guarded = jakarta.map((resource) => ({
    ...resource,
    protect: /:(StatefulSet|StorageClass)$/.test(resource.type),
  }));
  expect(broken(guarded, rulesOn("eks"))).toEqual({});
});
