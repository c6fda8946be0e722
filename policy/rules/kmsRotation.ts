import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const kmsRotation = resourceRule({
  name: "kms-rotation",
  title: "Keys are rotated, and can be had back for a while",
  severity: "medium",
  level: "mandatory",
  why: "A key that never changes protects ever more with one secret; a deleted one takes everything that it encrypted.",
  remedy: "Set enableKeyRotation: true, and leave deletionWindowInDays at 30.",
  parameters: noParameters,
  appliesTo: ({ type }) => type === "aws:kms/key:Key",
  *judge({ inputs }) {
    // Keys that sign, and those of others, can't be rotated by AWS.
    const usage = inputs.at("keyUsage").text() ?? "ENCRYPT_DECRYPT";
    const spec = inputs.at("customerMasterKeySpec").text() ?? "SYMMETRIC_DEFAULT";
    if (usage === "ENCRYPT_DECRYPT" && spec === "SYMMETRIC_DEFAULT" && inputs.at("enableKeyRotation").truth() !== true)
      yield "enableKeyRotation is not true.";
    if ((inputs.at("deletionWindowInDays").number() ?? 30) < 30) yield "deletionWindowInDays is less than 30.";
  },
});
