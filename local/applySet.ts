import { createHash } from "node:crypto";
import { managedBy } from "../components/kubernetes/index.js";
import type { Manifest } from "./render/manifests.js";

/** Group and kind of the objects that stand for a set. Cluster-scoped, so that a set may span namespaces. */
const group = "nusantara.io";
const kind = "ApplySet";
const plural = "applysets";

/** Label that kubectl puts on the members of a set. */
export const memberLabel = "applyset.kubernetes.io/part-of";

/** Reference to a set for `kubectl apply --applyset`. */
export const applySetReference = (name: string): string => `${plural}.${group}/${name}`;

/** Id of a set, as KEP-3659 (kubectl apply --applyset) defines it. */
export function applySetId(name: string): string {
  const hash = createHash("sha256").update([name, "", kind, group].join(".")).digest("base64url");
  return `applyset-${hash}-v1`;
}

/** The type of the objects that stand for sets; kubectl accepts only types with this label. */
export const applySetDefinition: Manifest = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: `${plural}.${group}`,
    labels: { "applyset.kubernetes.io/is-parent-type": "true", "app.kubernetes.io/managed-by": managedBy },
  },
  spec: {
    group,
    names: { kind, plural, singular: "applyset", listKind: "ApplySetList" },
    scope: "Cluster",
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

/** A new, empty set. kubectl keeps its members' kinds and namespaces in the annotations. */
export const emptyApplySet = (name: string): Manifest => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: {
    name,
    labels: { "applyset.kubernetes.io/id": applySetId(name), "app.kubernetes.io/managed-by": managedBy },
    annotations: {
      "applyset.kubernetes.io/tooling": "kubectl/v1",
      "applyset.kubernetes.io/contains-group-kinds": "",
    },
  },
});
