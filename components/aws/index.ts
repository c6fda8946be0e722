export * from "./bucketCopy.js";
export * from "./encryptionKey.js";
export * from "./objectBucket.js";
export * from "./podIdentity.js";
export * from "./policies.js";
export * from "./role.js";
