import { z } from "zod";
import { isKind } from "../kubernetes/objectType.js";
import { labelsOf } from "../kubernetes/metadata.js";
import { isWorkload } from "../kubernetes/workload.js";
import { resourceRule } from "../rule.js";

export const recommendedLabels = resourceRule({
  name: "recommended-labels",
  title: "Workloads and Services say what they are and what they belong to",
  severity: "low",
  level: "advisory",
  why: "Dashboards, costs and people find things by these labels.",
  remedy: "Set the labels of the parameter labels.",
  parameters: z.strictObject({
    labels: z
      .array(z.string())
      .default(["app.kubernetes.io/name", "app.kubernetes.io/part-of", "app.kubernetes.io/managed-by"]),
  }),
  appliesTo: (resource) => isWorkload(resource) || isKind("Service")(resource),
  *judge(resource, { labels }) {
    const present = labelsOf(resource);
    const missing = labels.filter((label) => present[label] === undefined);
    if (missing.length > 0) yield `It has no ${missing.join(", ")}.`;
  },
});
