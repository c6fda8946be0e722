/** What a type token of the Kubernetes provider says. */
export interface ObjectType {
  /** API group; empty for the core. */
  group: string;
  version: string;
  kind: string;
  /** Whether it changes an object that somebody else made. Judged like the object: what a patch leaves out is unset. */
  isPatch: boolean;
}

/** Things of the provider that are no objects of a cluster. */
const notObjects = new Set(["helm.sh", "kustomize", "yaml"]);

/** `kubernetes:apps/v1:StatefulSetPatch` → the StatefulSet of group apps; undefined for all that is no object. */
export function objectType(type: string): ObjectType | undefined {
  const [provider, api, token, ...rest] = type.split(":");
  if (provider !== "kubernetes" || api === undefined || token === undefined || rest.length > 0) return undefined;
  const slash = api.indexOf("/");
  const [group, version] = slash === -1 ? [api, ""] : [api.slice(0, slash), api.slice(slash + 1)];
  if (notObjects.has(group)) return undefined;
  // A custom resource of the core API has a token without a group: `kubernetes:v1:Pod`.
  const isCore = group === "core" || version === "";
  const isPatch = token.endsWith("Patch") && token !== "Patch";
  return {
    group: isCore ? "" : group,
    version: version === "" ? group : version,
    kind: isPatch ? token.slice(0, -"Patch".length) : token,
    isPatch,
  };
}

/** `apps/StatefulSet`, or `Pod` of the core. The version is left out: rules hold for each of them. */
export const qualifiedKind = ({ group, kind }: ObjectType): string => (group === "" ? kind : `${group}/${kind}`);

const kinds = new Map<string, string | undefined>();

/** The qualified kind of a resource's type, or undefined for what is no Kubernetes object. */
export function kindOf({ type }: { type: string }): string | undefined {
  // Each rule asks for each resource, and there are few types.
  if (!kinds.has(type)) kinds.set(type, parsedKind(type));
  return kinds.get(type);
}

function parsedKind(type: string): string | undefined {
  const parsed = objectType(type);
  if (parsed === undefined) return undefined;
  const kind = qualifiedKind(parsed);
  return renamed[kind] ?? kind;
}

/** Kinds that moved between groups: the old ones are judged as what they became. */
const renamed: Readonly<Record<string, string>> = {
  "extensions/DaemonSet": "apps/DaemonSet",
  "extensions/Deployment": "apps/Deployment",
  "extensions/Ingress": "networking.k8s.io/Ingress",
  "extensions/NetworkPolicy": "networking.k8s.io/NetworkPolicy",
  "extensions/PodSecurityPolicy": "policy/PodSecurityPolicy",
  "extensions/ReplicaSet": "apps/ReplicaSet",
};

/** A test for resources of some kinds. */
export const isKind =
  (...kinds: readonly string[]) =>
  (resource: { type: string }): boolean => {
    const kind = kindOf(resource);
    return kind !== undefined && kinds.includes(kind);
  };
