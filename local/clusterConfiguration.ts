import { join } from "node:path";
import type { CityConfig } from "../stacks/config.js";
import { addressAt, routerAddress } from "./network/addresses.js";
import { clusterDirectory, portsOf, tool, type NodeKind, type Platform } from "./platform.js";

/** Three run on one machine: collecting garbage more often than by default took a control plane from 694 to 617 MB. */
const smallHeap = [{ name: "GOGC", value: "25" }];

const argument = (key: string, value: string) => ({ key, value });
const replacement = (key: string, value: string) => ({ key, value, override: true });

/** There is one of each: an election has nobody else to find, and a process that misses its turn on a busy machine ends. */
const alone = argument("leader-elect", "false");

/**
 * A simulator that starts again waits for its predecessor's leases to end, and never makes a node Ready again that was
 * given up meanwhile. So leases have to end well within the grace period; by default the simulator takes five times the
 * durations of Kubernetes, and 200 s of lease.
 */
const heartbeat = (gracePeriod: number) => ({
  heartbeatFactor: 1,
  nodeLeaseDurationSeconds: 20,
  kubeControllerManagerNodeMonitorGracePeriodMilliseconds: gracePeriod * 1000,
});

/** Simulated nodes fail only where the machine is too busy to let the simulator speak. */
const noRealNodes = { options: heartbeat(200), apiServer: [] };

/** What a control plane does differently where some nodes are real: they reach it over the city's network. */
function forRealNodes(platform: Platform, { city, network }: CityConfig) {
  const address = routerAddress(network.nodes);
  const pki = join(clusterDirectory(platform, city), "pki");
  return {
    // Nodes call it by its address, pods by its Service.
    options: {
      kubeApiserverCertSANs: [address, addressAt(network.services, 1), "kubernetes.default.svc.cluster.local"],
      // The default of Kubernetes since 1.32.
      ...heartbeat(50),
    },
    apiServer: [
      replacement("bind-address", "0.0.0.0"),
      argument("advertise-address", address),
      argument("kubelet-client-certificate", join(pki, "admin.crt")),
      argument("kubelet-client-key", join(pki, "admin.key")),
      // Places pods by whether their image is here; off by default before Kubernetes 1.36.
      argument("feature-gates", "MutatingAdmissionPolicy=true"),
      argument("runtime-config", "admissionregistration.k8s.io/v1beta1=true"),
    ],
  };
}

/** What kwokctl is told about a control plane. */
export function clusterConfiguration(platform: Platform, config: CityConfig, nodes: NodeKind = "simulated"): object {
  const ports = portsOf(platform, config.city);
  const real = nodes === "real" ? forRealNodes(platform, config) : noRealNodes;
  return {
    apiVersion: "config.kwok.x-k8s.io/v1alpha1",
    kind: "KwokctlConfiguration",
    options: {
      runtime: "binary",
      bindAddress: "127.0.0.1",
      kubeApiserverPort: ports.apiServer,
      etcdPort: ports.etcd,
      etcdPeerPort: ports.etcdPeer,
      kubeControllerManagerPort: ports.controllerManager,
      kubeSchedulerPort: ports.scheduler,
      kwokControllerPort: ports.kwok,
      metricsServerPort: ports.metricsServer,
      enable: ["metrics-server"],
      metricsServerManifests: [join(platform.root, "local", "metrics-server")],
      etcdBinary: tool(platform, "etcd"),
      kubeApiserverBinary: tool(platform, "kube-apiserver"),
      kubeControllerManagerBinary: tool(platform, "kube-controller-manager"),
      kubeSchedulerBinary: tool(platform, "kube-scheduler"),
      kubectlBinary: tool(platform, "kubectl"),
      kwokControllerBinary: tool(platform, "kwok"),
      metricsServerBinary: tool(platform, "metrics-server"),
      enableCRDs: ["Metric", "ClusterResourceUsage"],
      ...real.options,
    },
    componentsPatches: [
      ...["etcd", "metrics-server"].map((name) => ({ name, extraEnvs: smallHeap })),
      { name: "kube-scheduler", extraEnvs: smallHeap, extraArgs: [alone] },
      {
        name: "kwok-controller",
        extraEnvs: smallHeap,
        extraArgs: [
          // Real nodes may stand beside simulated ones: only those that say so are simulated.
          { ...argument("manage-all-nodes", "false"), override: true },
          argument("manage-nodes-with-annotation-selector", "kwok.x-k8s.io/node=fake"),
          // The simulator answers for every node's kubelet.
          { ...argument("node-ip", "127.0.0.1"), override: true },
        ],
      },
      {
        name: "kube-apiserver",
        extraEnvs: smallHeap,
        extraArgs: [
          argument("service-cluster-ip-range", config.network.services),
          argument("kubelet-preferred-address-types", "InternalIP"),
          ...real.apiServer,
        ],
      },
      {
        name: "kube-controller-manager",
        extraEnvs: smallHeap,
        extraArgs: [
          alone,
          argument("allocate-node-cidrs", "true"),
          argument("cluster-cidr", config.network.pods),
          argument("service-cluster-ip-range", config.network.services),
          // 15 s by default; nobody wants to wait that long for the second replica of a laptop.
          argument("horizontal-pod-autoscaler-sync-period", "5s"),
        ],
      },
    ],
  };
}
