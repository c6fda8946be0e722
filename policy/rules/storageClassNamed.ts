import { z } from "zod";
import type { Field } from "../model/field.js";
import type { Stack } from "../model/resource.js";
import { isKind, kindOf } from "../kubernetes/objectType.js";
import { objectName } from "../kubernetes/metadata.js";
import { stackRule } from "../rule.js";

const isStorageClass = isKind("storage.k8s.io/StorageClass");

export const storageClassNamed = stackRule({
  name: "storage-class-named",
  title: "A claim names a StorageClass that is known to keep its volumes",
  severity: "high",
  level: "mandatory",
  why: "A claim without a class gets the cluster's default one, which deletes volumes on every common platform.",
  remedy:
    "Set storageClassName to a class that the stack registers, or name a class that somebody else looks after in the parameter others.",
  parameters: z.strictObject({
    /** Names of classes that are not registered by the stack and keep their volumes. */
    others: z.array(z.string()).default([]),
  }),
  appliesTo: isKind("PersistentVolumeClaim", "apps/StatefulSet", "postgresql.cnpg.io/Cluster"),
  *judge(resource, stack, { others }) {
    for (const claim of claimsOf(resource.inputs, kindOf(resource))) yield* judgeClaim(claim, stack, others);
  },
});

/** The fields that name classes, with the place of their claim. */
function claimsOf(inputs: Field, kind: string | undefined): Field[] {
  if (kind === "apps/StatefulSet")
    return inputs
      .at("spec", "volumeClaimTemplates")
      .list()
      .map((template) => template.at("spec", "storageClassName"));
  if (kind === "PersistentVolumeClaim") return [inputs.at("spec", "storageClassName")];
  const wal = inputs.at("spec", "walStorage");
  return [inputs.at("spec", "storage", "storageClass"), ...(wal.isSet ? [wal.at("storageClass")] : [])];
}

function* judgeClaim(field: Field, stack: Stack, others: readonly string[]): Iterable<string> {
  const name = field.text();
  if (name === undefined) yield `${field.path} is not set.`;
  // An empty name asks for a volume that is made by hand, which volume-retain judges.
  else if (name !== "" && !others.includes(name) && !classesOf(stack).includes(name))
    yield `${field.path} is "${name}", which the stack does not register.`;
}

const classesOf = ({ resources }: Stack): (string | undefined)[] => resources.filter(isStorageClass).map(objectName);
