import { z } from "zod";
import { selectorOf } from "../kubernetes/selector.js";
import { isReplicated, podLabelsOf, podSpecOf, replicasOf } from "../kubernetes/workload.js";
import { stackRule } from "../rule.js";

export const zoneSpread = stackRule({
  name: "zone-spread",
  title: "Replicas spread over zones",
  severity: "medium",
  level: "mandatory",
  why: "Replicas that all stand in one zone are lost with it.",
  remedy:
    "Add a topologySpreadConstraint with topologyKey topology.kubernetes.io/zone, maxSkew 1, whenUnsatisfiable DoNotSchedule and a labelSelector that selects the workload's own pods.",
  parameters: z.strictObject({
    /** The weakest whenUnsatisfiable that will do: `ScheduleAnyway` lets a city with one zone left run everything. */
    atLeast: z.enum(["DoNotSchedule", "ScheduleAnyway"]).default("DoNotSchedule"),
  }),
  appliesTo: isReplicated,
  *judge(workload, stack, { atLeast }) {
    if (replicasOf(workload, stack) < 2) return;
    const constraints = podSpecOf(workload)
      .at("topologySpreadConstraints")
      .list()
      .filter((constraint) => constraint.at("topologyKey").text() === "topology.kubernetes.io/zone");
    if (constraints.length === 0) {
      yield "It has no topologySpreadConstraint over zones.";
      return;
    }
    const labels = podLabelsOf(workload);
    const own = constraints.filter(
      (constraint) => selectorOf(constraint.at("labelSelector"))?.matches(labels) === true,
    );
    if (own.length === 0) yield "No topologySpreadConstraint over zones selects the workload's own pods.";
    else if (!own.some((constraint) => constraint.at("maxSkew").number() === 1))
      yield "Its topologySpreadConstraint over zones has no maxSkew of 1.";
    else if (
      atLeast === "DoNotSchedule" &&
      !own.some((constraint) => (constraint.at("whenUnsatisfiable").text() ?? atLeast) === atLeast)
    )
      yield "Its topologySpreadConstraint over zones is only preferred.";
  },
});
