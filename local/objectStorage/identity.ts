import { existsSync } from "node:fs";
import { UserError } from "../errors.js";
import { stateFile, type Platform } from "../platform.js";
import { generate } from "../values/generate.js";
import { readState, writeState } from "../values/stateFile.js";

/** What proves the object storage of the platform to its clients, and these to it. All cities have the same. */
export interface StorageIdentity {
  authority: { certificatePem: string; privateKeyPem: string };
  credentials: { accessKeyId: string; secretAccessKey: string };
}

const identityFile = (platform: Platform): string => stateFile(platform, "object-storage");

/** Whether a run has made them. */
export const hasStorageIdentity = (platform: Platform): boolean => existsSync(identityFile(platform));

/** Names of the generated values in the state file. */
const names = {
  authorityKey: "authority-key",
  authority: "authority",
  accessKeyId: "access-key-id",
  secretAccessKey: "secret-access-key",
} as const;

/** As long as the certificates of the control plane: a local platform does not live for years. */
const validityHours = 10 * 365 * 24;

/** Makes the authority and the keys of the object storage once for a platform; later calls change nothing. */
export async function ensureStorageIdentity(platform: Platform): Promise<void> {
  const file = identityFile(platform);
  const state = readState(file);
  const { privateKeyPem } = await generate(state, {
    type: "tls:index/privateKey:PrivateKey",
    urn: names.authorityKey,
    inputs: { algorithm: "ECDSA" },
  });
  await generate(state, {
    type: "tls:index/selfSignedCert:SelfSignedCert",
    urn: names.authority,
    inputs: {
      privateKeyPem,
      subject: { commonName: "object storage of the local platform", organization: "nusantara" },
      validityPeriodHours: validityHours,
      isCaCertificate: true,
      allowedUses: ["cert_signing", "crl_signing"],
    },
  });
  // As long as those of AWS, out of letters and digits: they pass through configuration files of several programs.
  for (const [urn, length, lower] of [
    [names.accessKeyId, 20, false],
    [names.secretAccessKey, 40, true],
  ] as const) {
    await generate(state, {
      type: "random:index/randomPassword:RandomPassword",
      urn,
      inputs: { length, lower, special: false },
    });
  }
  writeState(file, state);
}

/**
 * The authority and the keys of the object storage.
 * @throws UserError where no run has made them yet.
 */
export function storageIdentity(platform: Platform): StorageIdentity {
  const file = identityFile(platform);
  const { values } = readState(file);
  const read = (name: string, property: string): string => {
    const value = values[name]?.computed[property];
    if (typeof value === "string") return value;
    throw new UserError(
      hasStorageIdentity(platform)
        ? `${file} has no "${name}", which the object storage needs`
        : "this platform has no keys for its object storage yet",
      "make up",
    );
  };
  return {
    authority: {
      certificatePem: read(names.authority, "certPem"),
      privateKeyPem: read(names.authorityKey, "privateKeyPem"),
    },
    credentials: {
      accessKeyId: read(names.accessKeyId, "result"),
      secretAccessKey: read(names.secretAccessKey, "result"),
    },
  };
}
