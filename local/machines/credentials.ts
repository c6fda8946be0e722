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
  /** Addresses and names that it serves; without any it only proves who calls. */
  ipAddresses?: readonly string[];
  dnsNames?: readonly string[];
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

/** Who signs certificates. */
export interface Authority {
  certificatePem: string;
  privateKeyPem: string;
}

/** The certificate authority of a city's control plane. */
export function clusterAuthority(platform: Platform, city: string): Authority {
  const directory = join(clusterDirectory(platform, city), "pki");
  return {
    certificatePem: readFileSync(join(directory, "ca.crt"), "utf8"),
    privateKeyPem: readFileSync(join(directory, "ca.key"), "utf8"),
  };
}

/** Writes certificates that an authority signed, with their keys and the authority's certificate, into a directory. */
export async function writeCredentials(
  directory: string,
  identities: readonly Identity[],
  { certificatePem: caCertPem, privateKeyPem: caPrivateKeyPem }: Authority,
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "ca.crt"), caCertPem);
  for (const { file, commonName, organization, ipAddresses = [], dnsNames = [] } of identities) {
    const { privateKeyPem } = privateKey({ algorithm: "ECDSA" }) as { privateKeyPem: string };
    const subject = { commonName, organization };
    const request = await certificateRequest({ privateKeyPem, subject, ipAddresses, dnsNames });
    const serves = ipAddresses.length + dnsNames.length > 0;
    const { certPem } = await locallySignedCertificate({
      ...request,
      caCertPem,
      caPrivateKeyPem,
      validityPeriodHours: validityHours,
      allowedUses: ["digital_signature", "key_encipherment", serves ? "server_auth" : "client_auth"],
    });
    writeFileSync(join(directory, `${file}.crt`), certPem as string);
    writeFileSync(join(directory, `${file}.key`), privateKeyPem, { mode: 0o600 });
  }
}
