import { managedBy } from "../../components/kubernetes/index.js";
import type { NodeKind } from "../platform.js";
import type { Manifest } from "../render/manifests.js";
import { kindLabel, simulatedTaint } from "./objects.js";

const policyName = "pods-without-local-image";
const labels = { "app.kubernetes.io/managed-by": managedBy };
const admission = "admissionregistration.k8s.io/v1beta1";

/** Whether one of our images stands in for a reference. A digest names the bytes of the registry's image: none does. */
export const hasLocalImage = (reference: string, repositories: readonly string[]): boolean =>
  !reference.includes("@") && repositories.some((repository) => reference.startsWith(`${repository}:`));

/** The same in the API server's expression language. */
const runsLocally = (repositories: readonly string[]): string =>
  `(object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []))` +
  `.all(c, !c.image.contains("@") && ${JSON.stringify(repositories)}.exists(r, c.image.startsWith(r + ":")))`;

/**
 * Sends pods that have no image on this machine to simulated nodes, whoever makes them. What a stack registers stays
 * as it is in production: the API server changes the pods as they are created. Pods that are bound to a node already
 * are left alone.
 */
export const placementPolicy = (repositories: readonly string[]): Manifest[] => [
  {
    apiVersion: admission,
    kind: "MutatingAdmissionPolicy",
    metadata: { name: policyName, labels },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
      },
      matchConditions: [
        { name: "has-no-local-image", expression: `!(${runsLocally(repositories)})` },
        { name: "is-not-bound", expression: '!has(object.spec.nodeName) || object.spec.nodeName == ""' },
      ],
      failurePolicy: "Fail",
      reinvocationPolicy: "Never",
      mutations: [
        {
          patchType: "JSONPatch",
          jsonPatch: {
            expression: `(has(object.spec.nodeSelector) ? [] : [
              JSONPatch{ op: "add", path: "/spec/nodeSelector", value: {} }
            ]) + (has(object.spec.tolerations) ? [] : [
              JSONPatch{ op: "add", path: "/spec/tolerations", value: [] }
            ]) + [
              JSONPatch{
                op: "add",
                path: "/spec/nodeSelector/" + jsonpatch.escapeKey("${kindLabel}"),
                value: "simulated"
              },
              JSONPatch{
                op: "add",
                path: "/spec/tolerations/-",
                value: Object.spec.tolerations{ key: "${simulatedTaint}", operator: "Exists", effect: "NoSchedule" }
              }
            ]`,
          },
        },
      ],
    },
  },
  {
    apiVersion: admission,
    kind: "MutatingAdmissionPolicyBinding",
    metadata: { name: policyName, labels },
    spec: { policyName },
  },
];

interface PodView {
  containers?: { image?: string }[];
  initContainers?: { image?: string }[];
  nodeSelector?: Record<string, string>;
  tolerations?: { key?: string; operator?: string; value?: string }[];
}

/** The pod specification inside an object of any kind that makes pods. */
export function podSpecOf({ kind, ...object }: Manifest): PodView | undefined {
  interface Template {
    spec?: { template?: { spec?: PodView } };
  }
  if (kind === "Pod") return (object as { spec?: PodView }).spec;
  if (kind === "CronJob")
    return (object as { spec?: { jobTemplate?: Template } }).spec?.jobTemplate?.spec?.template?.spec;
  return (object as Template).spec?.template?.spec;
}

/** A node as the scheduler sees it, as far as it matters here. */
interface NodeView {
  metadata: { labels?: Record<string, string> };
  spec?: { taints?: { key: string; value?: string; effect: string }[] };
}

/** Whether a pod may be placed on a node, by its selector and tolerations. */
export function mayRunOn({ nodeSelector = {}, tolerations = [] }: PodView, { metadata, spec }: NodeView): boolean {
  const selected = Object.entries(nodeSelector).every(([key, value]) => metadata.labels?.[key] === value);
  const tolerated = (spec?.taints ?? [])
    .filter(({ effect }) => effect !== "PreferNoSchedule")
    .every((taint) =>
      tolerations.some(
        ({ key, operator, value }) =>
          (key === undefined || key === taint.key) && (operator === "Exists" || value === taint.value),
      ),
    );
  return selected && tolerated;
}

/** Images that the pods of some objects need, each once. */
export const imagesOf = (spec: PodView): string[] =>
  [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ image }) => image ?? []);

/** Where the pods of an object run on a platform with real nodes, and why. */
export function whereabouts(manifest: Manifest, repositories: readonly string[]): { kind: NodeKind; why: string } {
  const images = imagesOf(podSpecOf(manifest) ?? {});
  const foreign = images.filter((image) => !hasLocalImage(image, repositories));
  if (foreign.length === 0) return { kind: "real", why: "its image is here" };
  const pinned = foreign.some((image) => image.includes("@"));
  return { kind: "simulated", why: pinned ? "its image is pinned to a registry's bytes" : "its image is not here" };
}

/** References with a local image that may be asked for on a node. */
export function imagesFor(node: NodeView, manifests: readonly Manifest[], repositories: readonly string[]): string[] {
  const references = manifests.flatMap((manifest) => {
    const spec = podSpecOf(manifest);
    if (!spec || !mayRunOn(spec, node)) return [];
    const images = imagesOf(spec);
    return images.every((image) => hasLocalImage(image, repositories)) ? images : [];
  });
  return [...new Set(references)].sort();
}
