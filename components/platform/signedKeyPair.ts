import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { KeyPair } from "./certificateAuthority.js";

/** What a certificate may be used for (RFC 5280, extended key usage). */
export type CertificateUse = "server" | "client";

export interface SignedKeyPairArgs {
  commonName: string;
  /** @default none */
  dnsNames?: readonly string[];
  /** @default none */
  ipAddresses?: readonly string[];
  uses: readonly CertificateUse[];
  authority: pulumi.Input<KeyPair>;
  /** @default 2160, ninety days */
  validityHours?: number | undefined;
  /** How long before the end an `up` makes a new one. @default 720, thirty days */
  earlyRenewalHours?: number | undefined;
}

/** Lifetime of a certificate where nothing else is said: a third of it is left when it is renewed. */
export const certificateLifetime = { validityHours: 2160, earlyRenewalHours: 720 } as const;

/** Registers a key and a certificate for it by a private authority, below a component. */
export function signedKeyPair(
  name: string,
  args: SignedKeyPairArgs,
  opts: pulumi.CustomResourceOptions,
): { certificatePem: pulumi.Output<string>; privateKeyPem: pulumi.Output<string> } {
  const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
  const request = new tls.CertRequest(
    `${name}-request`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: args.commonName, organization: "NusantaraMart" },
      ...(args.dnsNames && { dnsNames: [...args.dnsNames] }),
      ...(args.ipAddresses && { ipAddresses: [...args.ipAddresses] }),
    },
    opts,
  );
  const authority = pulumi.output(args.authority);
  const certificate = new tls.LocallySignedCert(
    `${name}-certificate`,
    {
      certRequestPem: request.certRequestPem,
      caCertPem: authority.certificatePem,
      caPrivateKeyPem: authority.privateKeyPem,
      validityPeriodHours: args.validityHours ?? certificateLifetime.validityHours,
      earlyRenewalHours: args.earlyRenewalHours ?? certificateLifetime.earlyRenewalHours,
      allowedUses: ["digital_signature", "key_encipherment", ...args.uses.map((use) => `${use}_auth`)],
    },
    opts,
  );
  return { certificatePem: certificate.certPem, privateKeyPem: key.privateKeyPem };
}
