export * from "./encryptionKey.js";
export * from "./objectBucket.js";
export * from "./policies.js";
export * from "./role.js";
