import "reflect-metadata"; // the injector inside @peculiar/x509 needs it first
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { z } from "zod";
import { importKeys } from "./keys.js";

// The library has its own declarations of Web Cryptography, which Node's implementation satisfies.
x509.cryptoProvider.set(webcrypto as never);

const subjectSchema = z.object({ commonName: z.string().optional(), organization: z.string().optional() });

/** Uses of a key, by their names in the provider's inputs. */
const keyUsages = {
  digital_signature: x509.KeyUsageFlags.digitalSignature,
  content_commitment: x509.KeyUsageFlags.nonRepudiation,
  key_encipherment: x509.KeyUsageFlags.keyEncipherment,
  data_encipherment: x509.KeyUsageFlags.dataEncipherment,
  key_agreement: x509.KeyUsageFlags.keyAgreement,
  cert_signing: x509.KeyUsageFlags.keyCertSign,
  crl_signing: x509.KeyUsageFlags.cRLSign,
} as const;
const extendedKeyUsages = {
  server_auth: x509.ExtendedKeyUsage.serverAuth,
  client_auth: x509.ExtendedKeyUsage.clientAuth,
} as const;
type KeyUse = keyof typeof keyUsages;
type ExtendedKeyUse = keyof typeof extendedKeyUsages;

const namesSchema = z.object({
  subject: subjectSchema.default({}),
  dnsNames: z.array(z.string()).default([]),
  ipAddresses: z.array(z.string()).default([]),
});
const issueSchema = z.object({
  validityPeriodHours: z.number().positive(),
  isCaCertificate: z.boolean().default(false),
  allowedUses: z.array(
    z.enum([...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)] as [KeyUse | ExtendedKeyUse]),
  ),
});
const requestSchema = namesSchema.extend({ privateKeyPem: z.string() });
const selfSignedSchema = requestSchema.extend(issueSchema.shape);
const locallySignedSchema = issueSchema.extend({
  certRequestPem: z.string(),
  caCertPem: z.string(),
  caPrivateKeyPem: z.string(),
});

/** What `tls.SelfSignedCert` computes. */
export async function selfSignedCertificate(inputs: unknown): Promise<Record<string, unknown>> {
  const args = selfSignedSchema.parse(inputs);
  const keys = await importKeys(args.privateKeyPem);
  const period = validity(args.validityPeriodHours);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: nameOf(args.subject),
    ...period,
    keys,
    signingAlgorithm: keys.signingAlgorithm,
    extensions: [
      ...usageExtensions(args),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...alternativeNames(alternatives(args)),
    ],
  });
  return certificateOutputs(certificate, period);
}

/** What `tls.CertRequest` computes. */
export async function certificateRequest(inputs: unknown): Promise<Record<string, unknown>> {
  const args = requestSchema.parse(inputs);
  const keys = await importKeys(args.privateKeyPem);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(args.subject),
    keys,
    signingAlgorithm: keys.signingAlgorithm,
    extensions: alternativeNames(alternatives(args)),
  });
  return { certRequestPem: `${request.toString("pem")}\n` };
}

/** What `tls.LocallySignedCert` computes. */
export async function locallySignedCertificate(inputs: unknown): Promise<Record<string, unknown>> {
  const args = locallySignedSchema.parse(inputs);
  const request = new x509.Pkcs10CertificateRequest(args.certRequestPem);
  const issuer = new x509.X509Certificate(args.caCertPem);
  const keys = await importKeys(args.caPrivateKeyPem);
  const period = validity(args.validityPeriodHours);
  const requested = request.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => extension.names.toJSON());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subject,
    issuer: issuer.subject,
    ...period,
    publicKey: request.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: keys.signingAlgorithm,
    extensions: [
      ...usageExtensions(args),
      await x509.SubjectKeyIdentifierExtension.create(request.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...alternativeNames(requested),
    ],
  });
  return certificateOutputs(certificate, period);
}

function usageExtensions({ isCaCertificate, allowedUses }: z.infer<typeof issueSchema>): x509.Extension[] {
  const extended = allowedUses.flatMap((use) =>
    use in extendedKeyUsages ? extendedKeyUsages[use as ExtendedKeyUse] : [],
  );
  return [
    new x509.BasicConstraintsExtension(isCaCertificate, undefined, true),
    ...keyUsageExtension(allowedUses.filter((use): use is KeyUse => use in keyUsages)),
    ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
  ];
}

function keyUsageExtension([first, ...others]: readonly KeyUse[]): x509.Extension[] {
  if (first === undefined) return [];
  const flags = others.reduce<x509.KeyUsageFlags>((sum, use) => sum | keyUsages[use], keyUsages[first]);
  return [new x509.KeyUsagesExtension(flags, true)];
}

const alternatives = ({ dnsNames, ipAddresses }: z.infer<typeof namesSchema>): x509.JsonGeneralName[] => [
  ...dnsNames.map((value) => ({ type: "dns" as const, value })),
  ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
];

const alternativeNames = (names: x509.JsonGeneralName[]): x509.Extension[] =>
  names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];

const nameOf = ({ commonName, organization }: z.infer<typeof subjectSchema>): x509.JsonName => [
  ...(organization === undefined ? [] : [{ O: [organization] }]),
  ...(commonName === undefined ? [] : [{ CN: [commonName] }]),
];

interface Period {
  notBefore: Date;
  notAfter: Date;
}

/** From now on, in whole seconds: certificates know no smaller ones. */
function validity(hours: number): Period {
  const notBefore = new Date();
  notBefore.setMilliseconds(0);
  return { notBefore, notAfter: new Date(notBefore.getTime() + hours * 3_600_000) };
}

/** Sixteen random bytes with the top bit clear: a positive number of at most 20 bytes (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString("hex");
}

const certificateOutputs = (certificate: x509.X509Certificate, { notBefore, notAfter }: Period) => ({
  certPem: `${certificate.toString("pem")}\n`,
  validityStartTime: notBefore.toISOString(),
  validityEndTime: notAfter.toISOString(),
});
