import { bytes, formatBytes, formatMillicores, millicores } from "../../../components/kubernetes/index.js";
import type { Quota } from "../../../components/workload/index.js";
import { requiredReplicas, type CapacityReport } from "../../capacity.js";
import { reportAggregation, serviceNames, services } from "./catalogue.js";

/** A roll-out starts one replica more; a stuck one may meet the next. */
const surge = 2;
/** Runs of the aggregation that may exist at once: one that runs, one that ends. */
const aggregationRuns = 2;
/** Room for replicas that a stack adds to those that the load needs. */
const slack = 2;

/**
 * What the whole catalogue needs at the planned load, doubled. It does not depend on which services a stack runs, so
 * that adding or removing one leaves the quota as it is.
 */
export function namespaceQuota({ requestsPerSecond }: CapacityReport): Quota {
  const consumers = [
    ...serviceNames.map((name) => ({
      resources: services[name].resources,
      pods: slack * (requiredReplicas({ ...services[name], minimum: 2 }, requestsPerSecond) + surge),
    })),
    { resources: reportAggregation.resources, pods: aggregationRuns },
  ];
  const total = (kind: "requests" | "limits", key: "cpu" | "memory"): number =>
    consumers.reduce((sum, { resources, pods }) => {
      const quantity = resources[kind][key];
      return sum + pods * (key === "cpu" ? millicores(quantity) : bytes(quantity));
    }, 0);
  const amounts = (kind: "requests" | "limits") => ({
    cpu: formatMillicores(total(kind, "cpu")),
    memory: formatBytes(total(kind, "memory")),
  });
  return {
    requests: amounts("requests"),
    limits: amounts("limits"),
    pods: consumers.reduce((sum, { pods }) => sum + pods, 0),
  };
}
