export * from "./existingCluster.js";
