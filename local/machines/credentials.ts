import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterDirectory, type Platform } from "../platform.js";
import { certificateRequest, locallySignedCertificate } from "../values/certificates.js";
import { privateKey } from "../values/keys.js";

/** Who a certificate is for. */
export interface Identity {
  /** Name of the files: `<file>.crt` and `<file>.key`. */
  file: string;
  commonName: string;
  organization?: string;
  /** Addresses that it serves; without any it only proves who calls. */
  ipAddresses?: readonly string[];
}

/** The certificates of a node, named as the API server's node authorizer and its default roles expect. */
export const nodeIdentities = (name: string, address: string): Identity[] => [
  { file: "system-node", commonName: `system:node:${name}`, organization: "system:nodes" },
  { file: "kubelet", commonName: `system:node:${name}`, organization: "system:nodes", ipAddresses: [address] },
  proxyIdentity,
];

export const proxyIdentity: Identity = { file: "kube-proxy", commonName: "system:kube-proxy" };

/** As long as the certificates that kwokctl makes for the control plane: a local platform does not live for years. */
const validityHours = 10 * 365 * 24;

/** Writes certificates that the city's certificate authority signed, with their keys, into a directory. */
export async function writeCredentials(
  platform: Platform,
  city: string,
  directory: string,
  identities: readonly Identity[],
): Promise<void> {
  const authority = join(clusterDirectory(platform, city), "pki");
  const caCertPem = readFileSync(join(authority, "ca.crt"), "utf8");
  const caPrivateKeyPem = readFileSync(join(authority, "ca.key"), "utf8");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "ca.crt"), caCertPem);
  for (const { file, commonName, organization, ipAddresses = [] } of identities) {
    const { privateKeyPem } = privateKey({ algorithm: "ECDSA" }) as { privateKeyPem: string };
    const request = await certificateRequest({ privateKeyPem, subject: { commonName, organization }, ipAddresses });
    const { certPem } = await locallySignedCertificate({
      ...request,
      caCertPem,
      caPrivateKeyPem,
      validityPeriodHours: validityHours,
      allowedUses: ["digital_signature", "key_encipherment", ipAddresses.length > 0 ? "server_auth" : "client_auth"],
    });
    writeFileSync(join(directory, `${file}.crt`), certPem as string);
    writeFileSync(join(directory, `${file}.key`), privateKeyPem, { mode: 0o600 });
  }
}
