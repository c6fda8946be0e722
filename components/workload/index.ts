export * from "./arguments.js";
export * from "./cronJob.js";
export * from "./daemonSet.js";
export * from "./job.js";
export * from "./namespace.js";
export * from "./webService.js";
export * from "./worker.js";
