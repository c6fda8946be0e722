import { z } from "zod";
import { isKind } from "../kubernetes/objectType.js";
import { objectName } from "../kubernetes/metadata.js";
import { resourceRule } from "../rule.js";

/** M8 */
export const storageClassRetain = resourceRule({
  name: "storage-class-retain",
  title: "A StorageClass keeps volumes when their claims go",
  severity: "critical",
  level: "mandatory",
  why: "With Delete, which is the default, the deletion of a claim, a namespace or a stack takes the data with it.",
  remedy: "Set reclaimPolicy: Retain. Name a class for data that may be lost in the rule's parameter scratch.",
  parameters: z.strictObject({
    /** Names of classes whose data may be lost. */
    scratch: z.array(z.string()).default([]),
  }),
  appliesTo: isKind("storage.k8s.io/StorageClass"),
  *judge(storageClass, { scratch }) {
    if (scratch.includes(objectName(storageClass) ?? "")) return;
    const policy = storageClass.inputs.at("reclaimPolicy").text();
    if (policy !== "Retain") yield `reclaimPolicy is ${policy ?? "not set, which means Delete"}.`;
  },
});
