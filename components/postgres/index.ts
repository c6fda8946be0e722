export * from "./configuration/index.js";
export * from "./files.js";
export * from "./layout.js";
export * from "./postgresCity.js";
export * from "./quota.js";
export * from "./secrets.js";
