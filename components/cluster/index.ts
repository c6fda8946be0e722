export * from "./eksAddons.js";
export * from "./eksCluster.js";
export * from "./existingCluster.js";
export * from "./kubeconfig.js";
export * from "./nodePool.js";
export * from "./vpcCniConfiguration.js";
