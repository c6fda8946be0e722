export * from "./certificateAuthority.js";
export * from "./serverCertificate.js";
