import { z } from "zod";
import { qualifiedName } from "../kubernetes/metadata.js";
import { isKind } from "../kubernetes/objectType.js";
import { replicasOf } from "../kubernetes/workload.js";
import { stackRule } from "../rule.js";

export const minimumReplicas = stackRule({
  name: "minimum-replicas",
  title: "A Deployment has enough replicas to lose one",
  severity: "medium",
  level: "mandatory",
  why: "With a single replica every drain, crash and roll-out is an outage (M16).",
  remedy: "Raise spec.replicas, or minReplicas of its autoscaler.",
  parameters: z.strictObject({
    /** The least number of replicas. */
    minimum: z.int().min(1).default(2),
    /** `<namespace>/<name>` of Deployments that rest without a pod until a person needs one. */
    onDemand: z.array(z.string()).default([]),
  }),
  appliesTo: isKind("apps/Deployment"),
  *judge(deployment, stack, { minimum, onDemand }) {
    if (onDemand.includes(qualifiedName(deployment))) return;
    const replicas = replicasOf(deployment, stack);
    if (replicas < minimum) yield `It may have ${replicas} of at least ${minimum} replicas.`;
  },
});
