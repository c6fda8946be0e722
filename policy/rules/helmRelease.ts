import { z } from "zod";
import { resourceRule } from "../rule.js";

export const helmRelease = resourceRule({
  name: "helm-release",
  title: "Helm renders what the engine can't see only for named charts",
  severity: "high",
  level: "mandatory",
  why: "The objects of a Release are made by Helm inside the provider: no rule sees any of them.",
  remedy:
    "Use kubernetes.helm.v4.Chart, whose objects are resources of the stack, or name the chart in the parameter allowed after a review, and its version in the Release.",
  parameters: z.strictObject({
    /** Charts as the Release names them. */
    allowed: z.array(z.string()).default([]),
  }),
  appliesTo: ({ type }) => type === "kubernetes:helm.sh/v3:Release",
  *judge({ inputs }, { allowed }) {
    const chart = inputs.at("chart").text() ?? "";
    if (!inputs.at("version").isSet) yield "It names no version, so Helm takes the newest.";
    if (!allowed.includes(chart)) yield `It releases the chart "${chart}", which is not on the list.`;
  },
});
