import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto, type KeyObject } from "node:crypto";
import { z } from "zod";

/** Inputs of `tls.PrivateKey`, with the provider's own defaults. */
const inputsSchema = z.object({
  algorithm: z.enum(["RSA", "ECDSA", "ED25519"]),
  rsaBits: z.int().default(2048),
  ecdsaCurve: z.enum(["P256", "P384", "P521"]).default("P256"),
});

/** What `tls.PrivateKey` computes. Of the ECDSA curves it knows those that certificates are made with. */
export function privateKey(inputs: unknown): Record<string, unknown> {
  const { privateKey: key, publicKey } = keyPair(inputsSchema.parse(inputs));
  return {
    privateKeyPem: exportPrivate(key),
    privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }),
  };
}

function keyPair({ algorithm, rsaBits, ecdsaCurve }: z.infer<typeof inputsSchema>) {
  switch (algorithm) {
    case "RSA":
      return generateKeyPairSync("rsa", { modulusLength: rsaBits });
    case "ECDSA":
      return generateKeyPairSync("ec", { namedCurve: ecdsaCurve.replace("P", "P-") });
    case "ED25519":
      return generateKeyPairSync("ed25519");
  }
}

/** The PEM form that the provider uses for each kind of key. */
function exportPrivate(key: KeyObject): string | Buffer {
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" });
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" });
  return key.export({ type: "pkcs8", format: "pem" });
}

/** A key pair that can sign certificates, and the algorithm to sign with. */
export interface SigningKeys {
  privateKey: webcrypto.CryptoKey;
  publicKey: webcrypto.CryptoKey;
  signingAlgorithm: { name: string; hash: string };
}

/** Reads a private key in PEM, and derives the public one. */
export async function importKeys(pem: string): Promise<SigningKeys> {
  const key = createPrivateKey(pem);
  const algorithm = importAlgorithm(key);
  const { subtle } = webcrypto;
  const [signing, verifying] = await Promise.all([
    subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), algorithm, true, ["sign"]),
    subtle.importKey("spki", createPublicKey(key).export({ type: "spki", format: "der" }), algorithm, true, ["verify"]),
  ]);
  return { privateKey: signing, publicKey: verifying, signingAlgorithm: { name: algorithm.name, hash: "SHA-256" } };
}

/** Node's names of the curves, in the words of Web Cryptography. */
const curves: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

function importAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  if (asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (asymmetricKeyType === "ed25519") return { name: "Ed25519" };
  const curve = asymmetricKeyDetails?.namedCurve ?? "";
  const namedCurve = curves[curve];
  if (namedCurve === undefined) throw new Error(`certificates can't be made with the curve "${curve}"`);
  return { name: "ECDSA", namedCurve };
}
