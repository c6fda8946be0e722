import { stringify } from "yaml";

/** What a node's programs are told. */
export interface NodeSettings {
  name: string;
  address: string;
  /** Range of its pods. */
  pods: string;
  /** Range of all pods of the city. */
  cityPods: string;
  /** URL of the city's API server. */
  apiServer: string;
  dnsAddress: string;
  /** Path of the node's control group. */
  controlGroup: string;
  /** Reference of the image that holds the namespaces of pods. */
  pauseImage: string;
  /** Whether this machine has version 1 control groups. */
  legacyControlGroups: boolean;
}

/** URL of a city's API server as its nodes reach it. */
export const apiServerOf = (router: string, port: number): string => `https://${router}:${port}`;

/** Paths as a node's programs see them: a node has a file system tree of its own where it matters. */
export const inside = {
  disk: "/run/node",
  configuration: "/run/node/etc",
  tools: "/run/tools",
  volumes: "/run/volumes",
  containerd: "/run/containerd/containerd.sock",
} as const;

/** Where Debian's containernetworking-plugins puts the plugins. */
const networkPlugins = "/usr/lib/cni";

/** Configuration of Debian's containerd 1.6, version 2 of the format. Paths that are not named are the defaults. */
export const containerdConfiguration = ({ pauseImage }: NodeSettings): string =>
  `${[
    "version = 2",
    `root = "/var/lib/containerd"`,
    `state = "/run/containerd"`,
    // Its directory /opt/containerd would be made on the machine itself.
    `disabled_plugins = ["io.containerd.internal.v1.opt"]`,
    `[grpc]`,
    `address = "${inside.containerd}"`,
    `[plugins."io.containerd.grpc.v1.cri"]`,
    `sandbox_image = "${pauseImage}"`,
    // Without CAP_SYS_RESOURCE nobody may make a process less likely to be chosen by the OOM killer.
    "restrict_oom_score_adj = true",
    `[plugins."io.containerd.grpc.v1.cri".cni]`,
    `bin_dir = "${networkPlugins}"`,
    `conf_dir = "${inside.configuration}/cni"`,
    `[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]`,
    `runtime_type = "io.containerd.runc.v2"`,
  ].join("\n")}\n`;

/** One route a pod, as the VPC CNI of EKS does it: traffic between two pods of a node passes its rules like any other. */
export const podNetwork = ({ pods }: NodeSettings): string =>
  `${JSON.stringify({
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ipam: { type: "host-local", ranges: [[{ subnet: pods }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  })}\n`;

export const kubeletConfiguration = (node: NodeSettings): string =>
  stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${inside.containerd}`,
    ...(node.legacyControlGroups && { failCgroupV1: false }),
    cgroupDriver: "cgroupfs",
    cgroupRoot: node.controlGroup,
    // The machine is shared by all nodes: what one may use is bounded by its pods' limits alone.
    enforceNodeAllocatable: [],
    failSwapOn: false,
    protectKernelDefaults: true,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${inside.configuration}/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: `${inside.configuration}/kubelet.crt`,
    tlsPrivateKeyFile: `${inside.configuration}/kubelet.key`,
    clusterDomain: "cluster.local",
    clusterDNS: [node.dnsAddress],
    resolvConf: `${inside.configuration}/resolv.conf`,
    // Images can't be pulled again, so none may be collected; the machine's disk is not the node's to judge.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "0%", "imagefs.available": "0%" },
    volumePluginDir: "/var/lib/kubelet/volume-plugins",
    // How soon a pod sees that a mounted Secret or ConfigMap has changed; a minute by default, as on EKS.
    syncFrequency: "10s",
    // A dozen kubelets share two cores: these three are most of what an idle one does.
    nodeStatusUpdateFrequency: "20s",
    nodeStatusReportFrequency: "5m",
    volumeStatsAggPeriod: "0s",
    logging: { verbosity: 1 },
  });

export interface ProxySettings {
  /** Name that it looks itself up by among the nodes. */
  name: string;
  address: string;
  kubeconfig: string;
  /** Range of the city's pods: what comes from elsewhere is given the node's address. Undefined leaves all as it is. */
  cityPods?: string;
}

export const kubeProxyConfiguration = ({ name, address, kubeconfig: file, cityPods }: ProxySettings): string =>
  stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    bindAddress: address,
    hostnameOverride: name,
    ...(cityPods !== undefined && { clusterCIDR: cityPods }),
    clientConnection: { kubeconfig: file },
    // Belongs to the whole machine.
    conntrack: { maxPerCore: 0 },
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
  });

/** A kubeconfig whose certificate and key are files beside it. */
export const kubeconfig = (apiServer: string, files: { directory: string; user: string }): string =>
  stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "city", cluster: { server: apiServer, "certificate-authority": `${files.directory}/ca.crt` } }],
    users: [
      {
        name: files.user,
        user: {
          "client-certificate": `${files.directory}/${files.user}.crt`,
          "client-key": `${files.directory}/${files.user}.key`,
        },
      },
    ],
    contexts: [{ name: "city", context: { cluster: "city", user: files.user } }],
    "current-context": "city",
  });
