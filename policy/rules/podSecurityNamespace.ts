import { z } from "zod";
import { isKind } from "../kubernetes/objectType.js";
import { labelsOf, objectName } from "../kubernetes/metadata.js";
import { resourceRule } from "../rule.js";

export const podSecurityNamespace = resourceRule({
  name: "pod-security-namespace",
  title: "Every namespace enforces Pod Security restricted",
  severity: "high",
  level: "mandatory",
  why: "Without it the API server admits any pod, however it gets there, with all rights on its node.",
  remedy: "Label the namespace with pod-security.kubernetes.io/enforce: restricted.",
  parameters: z.strictObject({
    /** Namespaces whose pods truly need the host, with the level that they enforce. */
    others: z.record(z.string(), z.enum(["baseline", "privileged"])).default({}),
  }),
  appliesTo: isKind("Namespace"),
  *judge(namespace, { others }) {
    const wanted = others[objectName(namespace) ?? ""] ?? "restricted";
    const level = labelsOf(namespace)["pod-security.kubernetes.io/enforce"];
    if (level !== "restricted" && level !== wanted) yield `It enforces ${level ?? "nothing"} instead of ${wanted}.`;
  },
});
