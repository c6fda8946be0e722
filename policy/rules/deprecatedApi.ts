import { z } from "zod";
import { kindOf, objectType } from "../kubernetes/objectType.js";
import { resourceRule } from "../rule.js";

/** Groups of Kubernetes itself that have no dot in their name. */
const ownGroups = ["", "admissionregistration", "apps", "autoscaling", "batch", "extensions", "policy"];
const isOwn = (group: string): boolean => ownGroups.includes(group) || group.endsWith(".k8s.io");

export const deprecatedApi = resourceRule({
  name: "deprecated-api",
  title: "APIs are stable, and stay in the next minor of Kubernetes",
  severity: "low",
  level: "advisory",
  why: "Alpha and beta APIs go within a few minors, and the upgrade that removes one fails on whatever still uses it.",
  remedy: "Use the stable version of the API, or what takes its place.",
  parameters: z.strictObject({
    /** Kinds that are deprecated though their version is stable, with what takes their place. */
    kinds: z.record(z.string(), z.string()).default({
      // https://kubernetes.io/docs/reference/using-api/deprecation-guide/ and the deprecation notes of 1.19 and 1.33
      ComponentStatus: "the health endpoints of the control plane",
      Endpoints: "discovery.k8s.io EndpointSlice",
    }),
  }),
  appliesTo: ({ type }) => objectType(type) !== undefined,
  *judge(resource, { kinds }) {
    const parsed = objectType(resource.type);
    if (parsed === undefined) return;
    if (isOwn(parsed.group) && /alpha|beta/.test(parsed.version)) yield `${parsed.version} is no stable version.`;
    const successor = kinds[kindOf(resource) ?? ""];
    if (successor !== undefined) yield `It is deprecated in favour of ${successor}.`;
  },
});
