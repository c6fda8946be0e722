export * from "./certificateAuthority.js";
export * from "./retainedStorageClass.js";
export * from "./scratchStorageClass.js";
export * from "./serverCertificate.js";
export * from "./signedKeyPair.js";
