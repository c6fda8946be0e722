import { stringify } from "yaml";
import type { CapturedResource, CapturedStack } from "./capture.js";

/** A Kubernetes object as `kubectl` takes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
  /** Set where the program told the engine not to wait for the object. It is no part of what a cluster gets. */
  [notAwaited]?: true;
}

/** Of objects that need not be ready for an `up` to end. */
export const notAwaited = Symbol("not awaited");
const skipAwait = "pulumi.com/skipAwait";

/** Whether an `up` ends only when the object is ready, be it as registered or as the engine left it in the cluster. */
export const isAwaited = (manifest: Manifest): boolean =>
  manifest[notAwaited] !== true && manifest.metadata.annotations?.[skipAwait] !== "true";

const kubernetesType = /^kubernetes:(?!helm\.sh|kustomize|yaml)[^:]+\/[^:]+:/;

/** Whether a resource is one Kubernetes object, as opposed to a provider, a chart or something else. */
export const isKubernetesObject = ({ type, custom }: CapturedResource): boolean => custom && kubernetesType.test(type);

/** Kinds that others need to be there first, in that order; all else follows. */
const precedence = [
  "Namespace",
  "CustomResourceDefinition",
  "StorageClass",
  "PriorityClass",
  "ResourceQuota",
  "LimitRange",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "Secret",
  "ConfigMap",
  "NetworkPolicy",
  "Service",
  "PodDisruptionBudget",
];

const rank = ({ kind }: Manifest): number => {
  const index = precedence.indexOf(kind);
  return index === -1 ? precedence.length : index;
};

/** `Deployment nusantara-mart/order`, or `Namespace nusantara-mart`. */
export const describeManifest = ({ kind, metadata }: Manifest): string =>
  `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;

/**
 * The Kubernetes objects of a stack in an order that a cluster can take them in. `transform` decides what becomes of
 * secrets.
 *
 * @throws Error for an object without a name of its own: only the engine could make one up.
 */
export function manifestsOf(stack: CapturedStack, transform: (inputs: unknown) => unknown): Manifest[] {
  const manifests = stack.resources.filter(isKubernetesObject).map((resource) => {
    const manifest = transform(resource.inputs) as Manifest;
    const { metadata } = manifest as { metadata?: { name?: unknown } };
    if (typeof metadata?.name !== "string") {
      throw new Error(`${resource.urn} has no metadata.name: without an engine nothing can make one up`);
    }
    return withoutEngineAnnotations(manifest);
  });
  return manifests.sort(
    (a, b) =>
      rank(a) - rank(b) || compare(describeManifest(a), describeManifest(b)) || compare(a.apiVersion, b.apiVersion),
  );
}

/**
 * The object as YAML. Kubernetes reads the older YAML 1.1, in which `n` and `on` are truth values: such texts are quoted.
 */
export const manifestYaml = (manifest: Manifest): string => stringify(manifest, { compat: "yaml-1.1" });

/** Annotations that only tell the engine how to wait do not belong in a cluster that it did not touch. */
function withoutEngineAnnotations(manifest: Manifest): Manifest {
  const { annotations, ...metadata } = manifest.metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith("pulumi.com/"));
  return {
    ...manifest,
    metadata: { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) },
    ...(annotations?.[skipAwait] === "true" && { [notAwaited]: true as const }),
  };
}

/** Order of texts by code unit: the same on every machine, whatever its locale. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
