/** Every version that the platform pins. Charts and add-ons join as their components land. */
export const versions = {
  /**
   * Kubernetes minor of the clusters: the highest that every add-on of the production stacks supports, and the one
   * that the local control planes are built from.
   */
  kubernetes: "1.35",
  /** Images of our own, as images/ defines them. */
  images: {
    postgres: "1.4.0",
    etcd: "1.0.0",
    "entry-points": "1.0.0",
  },
  /** Releases of NusantaraMart's services; a stack or a pipeline may name another one in its configuration. */
  nusantaraMart: {
    "api-gateway": "1.0.0",
    order: "1.0.0",
    payment: "1.0.0",
    inventory: "1.0.0",
    report: "1.0.0",
    "report-aggregation": "1.0.0",
  },
} as const;
