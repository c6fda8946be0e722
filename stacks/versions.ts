/** Every version that the platform pins. */
export const versions = {
  /**
   * Kubernetes minor of the clusters: the highest that every add-on of the production stacks supports, and the one
   * that the local control planes are built from.
   */
  kubernetes: "1.35",
  /**
   * Add-ons that EKS manages: AWS's defaults for 1.35 as `aws eks describe-addon-versions` listed them in August 2026,
   * and for snapshot-controller and metrics-server the newest seen in September. vpc-cni stays below 1.23, which
   * overwrites marks of packets that Calico sets (amazon-vpc-cni-k8s issue 3872).
   */
  eksAddons: {
    "vpc-cni": "v1.22.4-eksbuild.3",
    "kube-proxy": "v1.35.3-eksbuild.21",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    coredns: "v1.13.2-eksbuild.21",
    "aws-ebs-csi-driver": "v1.63.1-eksbuild.1",
    "snapshot-controller": "v8.6.0-eksbuild.4",
    "metrics-server": "v0.9.0-eksbuild.5",
  },
  /** Charts by name, in versions of the chart. */
  charts: {
    "crd.projectcalico.org.v1": "v3.32.1",
    "tigera-operator": "v3.32.1",
    "aws-load-balancer-controller": "3.5.0",
    "cert-manager": "v1.21.1",
    "external-dns": "1.21.1",
    "cluster-autoscaler": "9.59.0",
    "ingress-nginx": "4.15.1",
    traefik: "41.3.0",
    // Istio: 1.30 gets no mends after November 2026, a line lives about eight months.
    base: "1.31.1",
    istiod: "1.31.1",
    cni: "1.31.1",
    ztunnel: "1.31.1",
  },
  /** Image of the cluster autoscaler: its minor is that of Kubernetes. */
  clusterAutoscaler: "v1.35.0",
  /** Images of our own, as images/ defines them. */
  images: {
    postgres: "1.6.20",
    etcd: "1.2.1",
    "entry-points": "1.0.1",
  },
  /** Releases of NusantaraMart's services; a stack or a pipeline may name another one in its configuration. */
  nusantaraMart: {
    "api-gateway": "1.1.0",
    order: "1.1.0",
    payment: "1.1.0",
    inventory: "1.1.0",
    report: "1.1.0",
    "report-aggregation": "1.1.0",
  },
} as const;

export type ChartName = keyof typeof versions.charts;
