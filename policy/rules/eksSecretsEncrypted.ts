import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const eksSecretsEncrypted = resourceRule({
  name: "eks-secrets-encrypted",
  title: "An EKS cluster encrypts its Secrets with a key of ours",
  severity: "high",
  level: "mandatory",
  why: "With a key of ours, taking the key away takes every copy of the Secrets away, snapshots included.",
  remedy: "Set encryptionConfig with resources [secrets] and provider.keyArn of a KMS key.",
  parameters: noParameters,
  appliesTo: ({ type }) => type === "aws:eks/cluster:Cluster",
  *judge({ inputs }) {
    const encryption = inputs.at("encryptionConfig");
    if (!encryption.at("provider", "keyArn").isGiven || !encryption.at("resources").texts().includes("secrets"))
      yield "encryptionConfig names no key for secrets.";
  },
});
