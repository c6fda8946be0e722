import { createHash } from "node:crypto";
import {
  containerSecurityContext,
  labels as standardLabels,
  podSecurityContext,
} from "../../components/kubernetes/index.js";
import { nusantara } from "../../stacks/topology.js";
import { kindLabel } from "./objects.js";
import type { Manifest } from "../render/manifests.js";

const name = "coredns";
const namespace = "kube-system";
const directory = "/etc/coredns";
const port = 1053;

/** Seconds that an answer about the private zone is kept at most; that a name is not there is forgotten sooner. */
const zoneCacheSeconds = { found: 3, missing: 1 } as const;

/** The cluster's own names, and those of the private zone out of the city's resolver. */
const corefile = (resolver: string): string => `.:${port} {
    errors
    health :8080 {
        lameduck 5s
    }
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 30
    }
    prometheus :9153
    cache 30
    reload
    loadbalance
}
${nusantara.privateZone}:${port} {
    errors
    forward . ${resolver} {
        max_fails 0
    }
    prometheus :9153
    cache {
        success 9984 ${zoneCacheSeconds.found} 0
        denial 9984 ${zoneCacheSeconds.missing} 0
    }
    loadbalance
}
`;

export interface DnsArgs {
  city: string;
  /** Address of its Service. */
  address: string;
  /** Address of the resolver that knows the private zone, as that of the VPC does. */
  resolver: string;
  image: string;
}

/** The cluster's DNS on real nodes. On EKS it is an add-on of the cluster, so no stack registers it. */
export function clusterDns({ city, address, resolver, image }: DnsArgs): Manifest[] {
  // Policies and monitoring know the DNS of any cluster by this label.
  const selector = { "k8s-app": "kube-dns" };
  const labels = { ...standardLabels({ name, component: "dns", partOf: "local-platform", city }), ...selector };
  const metadata = { name, namespace, labels };
  const data = { Corefile: corefile(resolver) };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "nusantara:coredns", labels },
      rules: [
        { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "nusantara:coredns", labels },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "nusantara:coredns" },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, name: "kube-dns" },
      spec: {
        clusterIP: address,
        selector,
        ports: (["UDP", "TCP"] as const).map((protocol) => ({
          name: `dns-${protocol.toLowerCase()}`,
          port: 53,
          targetPort: port,
          protocol,
        })),
      },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { minAvailable: 1, selector: { matchLabels: selector } },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels,
            // Another configuration rolls the pods: a mounted file is brought up to date only after a while.
            annotations: { "nusantara.io/configuration": fingerprint(data) },
          },
          spec: {
            serviceAccountName: name,
            automountServiceAccountToken: true,
            // A simulated node would only seem to answer.
            nodeSelector: { [kindLabel]: "real" },
            priorityClassName: "system-cluster-critical",
            dnsPolicy: "Default",
            securityContext: podSecurityContext(),
            topologySpreadConstraints: [
              {
                topologyKey: "kubernetes.io/hostname",
                maxSkew: 1,
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: selector },
              },
            ],
            containers: [
              {
                name,
                image,
                args: ["-conf", `${directory}/Corefile`],
                ports: [
                  { name: "dns-udp", containerPort: port, protocol: "UDP" },
                  { name: "dns-tcp", containerPort: port, protocol: "TCP" },
                  { name: "metrics", containerPort: 9153, protocol: "TCP" },
                ],
                readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 5 },
                livenessProbe: { httpGet: { path: "/health", port: 8080 }, periodSeconds: 10, timeoutSeconds: 5 },
                resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                securityContext: containerSecurityContext(),
                volumeMounts: [{ name: "configuration", mountPath: directory, readOnly: true }],
              },
            ],
            volumes: [{ name: "configuration", configMap: { name } }],
          },
        },
      },
    },
  ].map((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, labels } }));
}

const fingerprint = (data: object): string =>
  createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 16);
