import { z } from "zod";
import { isDatabase } from "../kubernetes/database.js";
import { isKind } from "../kubernetes/objectType.js";
import { podSpecOf } from "../kubernetes/workload.js";
import { resourceRule } from "../rule.js";

export const gracePeriod = resourceRule({
  name: "grace-period",
  title: "A database has time to stop",
  severity: "medium",
  level: "mandatory",
  why: "A database that is killed before its checkpoint is done recovers for longer than it would have taken to stop.",
  remedy: "Raise terminationGracePeriodSeconds.",
  parameters: z.strictObject({
    /** Seconds. Kubernetes itself gives 30. */
    minimumSeconds: z.int().min(0).default(60),
    /** Values of the label `app`, and names of images, by which the pods of a database are known. */
    databases: z.array(z.string()).default(["postgres", "mysql"]),
  }),
  appliesTo: isKind("apps/StatefulSet"),
  *judge(set, { minimumSeconds, databases }) {
    if (!isDatabase(set, databases)) return;
    const seconds = podSpecOf(set).at("terminationGracePeriodSeconds").number() ?? 30;
    if (seconds < minimumSeconds) yield `It has ${seconds} of at least ${minimumSeconds} seconds to stop.`;
  },
});
