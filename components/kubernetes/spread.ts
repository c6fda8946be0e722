import type { types } from "@pulumi/kubernetes";
import type { Labels } from "./labels.js";

/** How strictly replicas must keep apart. */
export type SpreadStrength = "required" | "preferred";

export interface SpreadArgs {
  /** Labels that select the pods of the workload itself. */
  selector: Labels;
  /**
   * Over hosts. `required` leaves a replica pending before it doubles up unevenly; `preferred` places it anyway.
   * @default "required"
   */
  hosts?: SpreadStrength;
  /**
   * Over zones.
   * @default "preferred", so that a city with two zones left still runs everything.
   */
  zones?: SpreadStrength;
}

/** The part of a pod specification that decides on spread. */
export type Spread = Pick<types.input.core.v1.PodSpec, "affinity" | "topologySpreadConstraints">;

const hostname = "kubernetes.io/hostname";
const zone = "topology.kubernetes.io/zone";

/**
 * Spread for stateless workloads: replicas keep apart by anti-affinity where there is room, and a skew of at most one
 * holds where there are more replicas than hosts, so that an autoscaler can go beyond the number of hosts.
 */
export function spread({ selector, hosts = "required", zones = "preferred" }: SpreadArgs): Spread {
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: onHost(selector) }],
      },
    },
    topologySpreadConstraints: [constraint(hostname, hosts, selector), constraint(zone, zones, selector)],
  };
}

export interface ExclusiveHostsArgs extends Omit<SpreadArgs, "hosts"> {
  /** Labels of pods beside which a member shall only run where there is no other host. @default none */
  apartFrom?: Labels;
}

/**
 * Spread for stateful workloads (M10): no two members of the set on one host, ever.
 * There can't be more members than hosts.
 */
export function exclusiveHosts({ selector, zones = "preferred", apartFrom }: ExclusiveHostsArgs): Spread {
  return {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [onHost(selector)],
        ...(apartFrom && {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: onHost(apartFrom) }],
        }),
      },
    },
    topologySpreadConstraints: [constraint(zone, zones, selector)],
  };
}

const onHost = (selector: Labels): types.input.core.v1.PodAffinityTerm => ({
  topologyKey: hostname,
  labelSelector: { matchLabels: { ...selector } },
});

function constraint(
  topologyKey: string,
  strength: SpreadStrength,
  selector: Labels,
): types.input.core.v1.TopologySpreadConstraint {
  return {
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: strength === "required" ? "DoNotSchedule" : "ScheduleAnyway",
    labelSelector: { matchLabels: { ...selector } },
    // Each revision is spread for itself: else the old pods of a rolling update hold the new ones off.
    matchLabelKeys: ["pod-template-hash"],
    // A host that the pod could not use anyway (tainted, drained, unreachable) must not count as an empty one.
    nodeTaintsPolicy: "Honor",
  };
}
