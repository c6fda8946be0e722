import { z } from "zod";
import type { Field } from "../model/field.js";
import { qualifiedName } from "../kubernetes/metadata.js";
import { isLongRunning, longRunningContainersOf, podSpecOf } from "../kubernetes/workload.js";
import { resourceRule } from "../rule.js";

/** Seconds that a probe may fail before it takes effect (core/v1 Probe: defaults of 10 s and 3). */
const patience = (probe: Field): number =>
  (probe.at("periodSeconds").number() ?? 10) * (probe.at("failureThreshold").number() ?? 3);

const startTime = (liveness: Field): number => (liveness.at("initialDelaySeconds").number() ?? 0) + patience(liveness);

const queriesDatabase = /\b(psql|mysql|mongosh?|redis-cli)\b|\bselect\b/i;

export const probes = resourceRule({
  name: "probes",
  title: "Pods say when they have started, when they are ready, and when they hang",
  severity: "medium",
  level: "mandatory",
  why: "Without readiness a Service sends requests to pods that can't answer; without liveness a pod that hangs stays; a liveness that is too eager restarts what is only slow.",
  remedy:
    "Give every container a livenessProbe, and the one that serves a readinessProbe and a startupProbe; let liveness give up later than readiness, and ask nobody else.",
  parameters: z.strictObject({
    /** Seconds that liveness must give a container to start in which has no startupProbe. */
    startSeconds: z.int().min(1).default(30),
    /** `<namespace>/<name>` of workloads in which only people work, with nothing that could hang. */
    onDemand: z.array(z.string()).default([]),
  }),
  appliesTo: isLongRunning,
  *judge(workload, { startSeconds, onDemand }) {
    if (onDemand.includes(qualifiedName(workload))) return;
    const containers = longRunningContainersOf(podSpecOf(workload));
    for (const container of containers) {
      const [liveness, readiness] = [container.at("livenessProbe"), container.at("readinessProbe")];
      if (!liveness.isSet) yield `${container.path} has no livenessProbe.`;
      if (!readiness.isSet) continue;
      if (!container.at("startupProbe").isSet && liveness.isSet && startTime(liveness) < startSeconds)
        yield `${container.path} has no startupProbe, and is restarted when it takes ${startTime(liveness)} s to start.`;
      if (liveness.isSet && patience(liveness) <= patience(readiness))
        yield `${container.path} is restarted no later than it is taken out of its Services.`;
    }
    for (const container of containers)
      if (
        container
          .at("livenessProbe", "exec", "command")
          .texts()
          .some((word) => queriesDatabase.test(word))
      )
        yield `${container.path} is restarted when a query fails, which a slow database makes worse.`;
    if (!containers.some((container) => container.at("readinessProbe").isSet))
      yield "No container has a readinessProbe.";
  },
});
