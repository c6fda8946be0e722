import { dropCapabilities } from "../../../policy/rules/dropCapabilities.js";
import { imageDigest } from "../../../policy/rules/imageDigest.js";
import { imageRegistry } from "../../../policy/rules/imageRegistry.js";
import { noHostNamespaces } from "../../../policy/rules/noHostNamespaces.js";
import { noPrivileged } from "../../../policy/rules/noPrivileged.js";
import { noPrivilegeEscalation } from "../../../policy/rules/noPrivilegeEscalation.js";
import { noSecretInConfigMap } from "../../../policy/rules/noSecretInConfigMap.js";
import { noSecretInEnvironment } from "../../../policy/rules/noSecretInEnvironment.js";
import { nonRoot } from "../../../policy/rules/nonRoot.js";
import { podSecurityRest } from "../../../policy/rules/podSecurityRest.js";
import { probes } from "../../../policy/rules/probes.js";
import { readOnlyRoot } from "../../../policy/rules/readOnlyRoot.js";
import { resourceBounds } from "../../../policy/rules/resourceBounds.js";
import { seccomp } from "../../../policy/rules/seccomp.js";
import { serviceAccount } from "../../../policy/rules/serviceAccount.js";
import { versionFloor } from "../../../policy/rules/versionFloor.js";
import type { Value } from "../../../policy/model/value.js";
import { casesOf, type RuleCase, type RuleCases } from "./cases.js";
import { but } from "./change.js";
import type { Given } from "./inputs.js";
import { backup, container, deployment, digest, pod, podSpec, postgresCluster } from "./objects.js";

const first = `${pod}.containers.0`;
const context = `${first}.securityContext`;

/** The same fault where people look last: in a CronJob, in a bare pod, in a container that runs before the others. */
const elsewhere = (path: string, value: Value | undefined): RuleCase[] => [
  { name: "in a CronJob", given: but(backup, `spec.jobTemplate.spec.template.spec.containers.0.${path}`, value) },
  {
    name: "in a bare pod",
    given: but(
      { type: "kubernetes:core/v1:Pod", inputs: { metadata: {}, spec: podSpec } },
      `spec.containers.0.${path}`,
      value,
    ),
  },
  {
    name: "before the pod starts",
    given: but(but(deployment, `${pod}.initContainers`, [container]), `${pod}.initContainers.0.${path}`, value),
  },
];

const secured = "securityContext";
const configMap: Given = {
  type: "kubernetes:core/v1:ConfigMap",
  inputs: {
    metadata: { name: "settings", namespace: "databases" },
    data: { PORT: "5432", passwordFile: "/run/secrets/p" },
  },
};
const account: Value = { kind: "ServiceAccount", name: "core", namespace: "databases" };
const binding: Given = {
  type: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  inputs: { metadata: { name: "core", namespace: "databases" }, subjects: [account] },
};
const withToken = but(deployment, `${pod}.automountServiceAccountToken`, true);
const floor = { images: { "ghcr.io/shop/postgres": "1.2" }, kubernetes: "1.34" };
const cluster: Given = { type: "aws:eks/cluster:Cluster", inputs: { version: "1.35" } };

export const pods: readonly RuleCases[] = [
  casesOf({
    rule: noPrivileged,
    given: deployment,
    faults: { "a privileged container": { [`${context}.privileged`]: true } },
    bad: elsewhere(`${secured}.privileged`, true),
    unknown: [context, `${context}.privileged`, `${pod}.containers`],
  }),
  casesOf({
    rule: nonRoot,
    given: deployment,
    good: [
      {
        name: "said by the container",
        given: but(but(deployment, `${pod}.securityContext`, undefined), context, {
          runAsNonRoot: true,
          runAsUser: 20000,
        }),
      },
    ],
    faults: {
      "not said": { [`${pod}.securityContext.runAsNonRoot`]: undefined },
      "undone by the container": { [`${context}.runAsNonRoot`]: false },
      root: { [`${pod}.securityContext.runAsUser`]: 0 },
      "a user of the node": { [`${context}.runAsUser`]: 1000 },
      "the image's user": { [`${pod}.securityContext.runAsUser`]: undefined },
    },
    bad: elsewhere(`${secured}.runAsUser`, 0),
    unknown: [`${pod}.securityContext`, `${pod}.securityContext.runAsUser`],
  }),
  casesOf({
    rule: noPrivilegeEscalation,
    given: deployment,
    faults: { allowed: { [`${context}.allowPrivilegeEscalation`]: true }, "not said": { [context]: undefined } },
    bad: elsewhere(`${secured}.allowPrivilegeEscalation`, undefined),
    unknown: [context, `${context}.allowPrivilegeEscalation`],
  }),
  casesOf({
    rule: dropCapabilities,
    given: deployment,
    good: [{ name: "a low port", given: but(deployment, `${context}.capabilities.add`, ["NET_BIND_SERVICE"]) }],
    faults: {
      "none dropped": { [`${context}.capabilities`]: undefined },
      "some dropped": { [`${context}.capabilities.drop`]: ["NET_RAW"] },
      "one added": { [`${context}.capabilities.add`]: ["SYS_ADMIN"] },
    },
    bad: elsewhere(`${secured}.capabilities`, undefined),
    unknown: [`${context}.capabilities`, `${context}.capabilities.add`],
  }),
  casesOf({
    rule: seccomp,
    given: deployment,
    faults: {
      "no profile": { [`${pod}.securityContext.seccompProfile`]: undefined },
      "undone by the container": { [`${context}.seccompProfile`]: { type: "Unconfined" } },
    },
    bad: elsewhere(`${secured}.seccompProfile`, { type: "Unconfined" }),
    unknown: [`${pod}.securityContext.seccompProfile`, `${context}.seccompProfile`],
  }),
  casesOf({
    rule: readOnlyRoot,
    given: deployment,
    faults: { "not said": { [`${context}.readOnlyRootFilesystem`]: undefined } },
    bad: elsewhere(`${secured}.readOnlyRootFilesystem`, false),
    unknown: [`${context}.readOnlyRootFilesystem`],
  }),
  casesOf({
    rule: noHostNamespaces,
    given: deployment,
    faults: {
      "its network": { [`${pod}.hostNetwork`]: true },
      "its processes": { [`${pod}.hostPID`]: true },
      "its shared memory": { [`${pod}.hostIPC`]: true },
      "a port of it": { [`${first}.ports.0.hostPort`]: 5432 },
    },
    unknown: [`${pod}.hostNetwork`, `${pod}.hostPID`, `${first}.ports`, pod],
  }),
  casesOf({
    rule: podSecurityRest,
    given: deployment,
    good: [
      {
        name: "a safe kernel parameter",
        given: but(deployment, `${pod}.securityContext.sysctls`, [{ name: "net.ipv4.tcp_syncookies", value: "1" }]),
      },
    ],
    faults: {
      "an unsafe kernel parameter": { [`${pod}.securityContext.sysctls`]: [{ name: "kernel.msgmax", value: "1" }] },
      "an unmasked /proc": { [`${context}.procMount`]: "Unmasked" },
      "no AppArmor": { [`${context}.appArmorProfile`]: { type: "Unconfined" } },
      "a Windows host process": { [`${pod}.securityContext.windowsOptions`]: { hostProcess: true } },
      "a volume past a claim": { [`${pod}.volumes`]: [{ name: "data", nfs: { server: "nas", path: "/" } }] },
      "a SELinux role": { [`${context}.seLinuxOptions`]: { role: "system_r" } },
    },
    unknown: [`${pod}.securityContext.sysctls`, `${context}.procMount`],
  }),
  casesOf({
    rule: imageDigest,
    given: deployment,
    good: [{ name: "a cluster of CloudNativePG", given: postgresCluster }],
    faults: {
      "a tag": { [`${first}.image`]: "ghcr.io/shop/postgres:1.2.0" },
      "a short digest": { [`${first}.image`]: "ghcr.io/shop/postgres@sha256:abc" },
      "no image": { [`${first}.image`]: undefined },
      "an image as a volume": { [`${pod}.volumes`]: [{ name: "data", image: { reference: "ghcr.io/shop/data:1" } }] },
    },
    bad: [
      ...elsewhere("image", "ghcr.io/shop/postgres:1.2.0"),
      { name: "a cluster by default", given: but(postgresCluster, "spec.imageName", undefined) },
    ],
    unknown: [`${first}.image`],
  }),
  casesOf({
    rule: imageRegistry,
    given: deployment,
    parameters: { registries: ["ghcr.io/shop/"] },
    faults: {
      "another registry": { [`${first}.image`]: `docker.io/shop/postgres@${digest}` },
      "no registry": { [`${first}.image`]: `postgres@${digest}` },
      "a name that begins alike": { [`${first}.image`]: `ghcr.io/shopping/postgres@${digest}` },
    },
    bad: [{ name: "no registry is allowed", given: deployment }],
    unknown: [`${first}.image`],
  }),
  casesOf({
    rule: versionFloor,
    given: deployment,
    parameters: floor,
    good: [
      { name: "a cluster", given: cluster, parameters: floor },
      { name: "no floor", given: but(cluster, "version", "1.20") },
      { name: "another image", given: but(deployment, `${first}.image`, "ghcr.io/shop/order:0.1"), parameters: floor },
    ],
    faults: {
      "an earlier version": { [`${first}.image`]: `ghcr.io/shop/postgres:1.1.9@${digest}` },
      "no version": { [`${first}.image`]: `ghcr.io/shop/postgres@${digest}` },
      "a name": { [`${first}.image`]: "ghcr.io/shop/postgres:stable" },
    },
    bad: [
      { name: "an earlier control plane", given: but(cluster, "version", "1.9"), parameters: floor },
      { name: "a control plane of any version", given: but(cluster, "version", undefined), parameters: floor },
    ],
    unknown: [`${first}.image`],
  }),
  casesOf({
    rule: resourceBounds,
    given: deployment,
    faults: {
      "no CPU request": { [`${first}.resources.requests.cpu`]: undefined },
      "no memory request": { [`${first}.resources.requests.memory`]: undefined },
      "no memory limit": { [`${first}.resources.limits`]: undefined },
    },
    bad: elsewhere("resources", undefined),
    unknown: [`${first}.resources`, `${first}.resources.limits.memory`],
  }),
  casesOf({
    rule: probes,
    given: deployment,
    good: [
      {
        name: "a sidecar without readiness",
        given: but(deployment, `${pod}.containers`, [
          container,
          { name: "exporter", livenessProbe: { tcpSocket: { port: 1 } } },
        ]),
      },
      {
        name: "a Deployment for people",
        given: but(deployment, `${first}.livenessProbe`, undefined),
        parameters: { onDemand: ["databases/order"] },
      },
      {
        name: "patience instead of a startup probe",
        given: but(deployment, `${first}.startupProbe`, undefined),
      },
    ],
    faults: {
      "no liveness": { [`${first}.livenessProbe`]: undefined },
      "no readiness": { [`${first}.readinessProbe`]: undefined },
      "no time to start": {
        [`${first}.startupProbe`]: undefined,
        [`${first}.livenessProbe.failureThreshold`]: 2,
        [`${first}.readinessProbe.failureThreshold`]: 1,
      },
      "the same for both": { [`${first}.livenessProbe`]: { periodSeconds: 5, failureThreshold: 2 } },
      "a query": { [`${first}.livenessProbe.exec`]: { command: ["sh", "-c", "psql -c 'SELECT 1'"] } },
    },
    unknown: [`${first}.livenessProbe`, `${first}.readinessProbe`, `${pod}.containers`],
  }),
  casesOf({
    rule: serviceAccount,
    given: deployment,
    good: [{ name: "a token with a role", given: withToken, beside: [binding] }],
    faults: {
      "the default account": { [`${pod}.serviceAccountName`]: undefined },
      "a token by default": { [`${pod}.automountServiceAccountToken`]: undefined },
    },
    bad: [
      { name: "a token without a role", given: withToken },
      { name: "a role of another account", given: withToken, beside: [but(binding, "subjects.0.name", "other")] },
    ],
    unknown: [`${pod}.serviceAccountName`, `${pod}.automountServiceAccountToken`],
  }),
  casesOf({
    rule: noSecretInEnvironment,
    given: deployment,
    good: [
      {
        name: "the path of a file",
        given: but(deployment, `${first}.env`, [{ name: "PASSWORD_FILE", value: "/run/p" }]),
      },
      {
        name: "a name of the pod",
        given: but(deployment, `${first}.env`, [
          { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ]),
      },
    ],
    faults: {
      "in plain text": { [`${first}.env`]: [{ name: "DB_PASSWORD", value: "hunter2" }] },
      "out of a Secret": {
        [`${first}.env`]: [{ name: "X", valueFrom: { secretKeyRef: { name: "database", key: "password" } } }],
      },
      "all of a Secret": { [`${first}.envFrom`]: [{ secretRef: { name: "database" } }] },
      "in a URL": { [`${first}.env`]: [{ name: "DATABASE", value: "postgres://shop:hunter2@db/shop" }] },
      "in an argument": { [`${first}.args`]: ["--database=postgres://shop:hunter2@db/shop"] },
      "a key of AWS": { [`${first}.env`]: [{ name: "X", value: "AKIAABCDEFGHIJKLMNOP" }] },
    },
    bad: elsewhere("env", [{ name: "API_TOKEN", value: "x" }]),
    unknown: [`${first}.env`, `${first}.env.0.value`, `${first}.envFrom`],
  }),
  casesOf({
    rule: noSecretInConfigMap,
    given: configMap,
    faults: {
      "by its name": { "data.password": "x" },
      "a private key": { "data.server": "-----BEGIN EC PRIVATE KEY-----\nx" },
      "by its name, in binary": { binaryData: { password: "eA==" } },
      "a private key, in binary": {
        binaryData: { server: Buffer.from("-----BEGIN EC PRIVATE KEY-----\nx").toString("base64") },
      },
    },
    unknown: ["data", "data.PORT"],
  }),
];
