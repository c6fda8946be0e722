import { awsFixtures, awsOutputs } from "./awsFixtures.js";
import { redacted } from "./secrets.js";
import type { Surroundings } from "./capture.js";
import { databaseRoles } from "../../stacks/databaseRoles.js";
import type { SharedSecrets } from "../../stacks/outputs.js";

/** What another city shares, for looking at a stack without the others. */
const sharedSecrets: SharedSecrets = {
  certificateAuthority: { certificatePem: redacted, privateKeyPem: redacted },
  sessionSigningKey: redacted.repeat(8),
  database: {
    authority: { certificatePem: redacted, privateKeyPem: redacted },
    repositoryPassphrase: redacted.repeat(8),
    logins: Object.fromEntries(
      databaseRoles.map((role) => [role, { active: "a", passwords: { a: redacted.repeat(8), b: redacted.repeat(8) } }]),
    ),
  },
};

/** Properties that providers compute, by type. All of them are the same in every render. */
const computed: Readonly<Record<string, Record<string, unknown>>> = {
  "random:index/randomPassword:RandomPassword": { result: redacted.repeat(8) },
  "tls:index/privateKey:PrivateKey": { privateKeyPem: redacted, publicKeyPem: redacted },
  "tls:index/selfSignedCert:SelfSignedCert": { certPem: redacted },
  "tls:index/certRequest:CertRequest": { certRequestPem: redacted },
  "tls:index/locallySignedCert:LocallySignedCert": { certPem: redacted },
};

/**
 * Surroundings that need no state and give the same result every time: for renders, golden files and benchmarks.
 * An unlisted type that computes something is an error, so that no output is silently missing.
 */
export const fixtures: Surroundings = {
  compute({ type, urn, inputs }) {
    if (/^(kubernetes:|pulumi:providers:)/.test(type)) return {};
    if (type.startsWith("aws:")) return awsFixtures({ type, name: urn.split("::").at(-1) ?? "", inputs });
    const values = computed[type];
    if (!values) throw new Error(`${urn}: add the computed properties of "${type}" to local/render/fixtures.ts`);
    return values;
  },
  isSecretOutput: (name) => name === "sharedSecrets",
  stackOutputs: (stack) => ({ sharedSecrets, aws: awsOutputs(stack) }),
};

/** Surroundings of a first preview: a provider computes nothing before the update, and other stacks are there. */
export const previewFixtures: Surroundings = { ...fixtures, compute: () => ({}) };
