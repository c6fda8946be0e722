import { bytes, formatBytes, formatMillicores, millicores } from "../../../components/kubernetes/index.js";
import type { Quota, Resources } from "../../../components/workload/index.js";
import { requiredReplicas, type CapacityReport } from "../../capacity.js";
import { reportAggregation, schemaMigration, serviceNames, services, type ServiceName } from "./catalogue.js";

/** A roll-out starts one replica more; a stuck one may meet the next. */
const surge = 2;
/** Runs of the aggregation that may exist at once: one that runs, one that ends. */
const aggregationRuns = 2;
/** Pods of the migration that may exist at once: one that failed and is ending, and the next try. */
const migrationRuns = 2;
/** Room for replicas that a stack adds to those that the load needs. */
const slack = 2;

/** What a stack gives a service that it runs. */
export interface Allowance {
  resources: Resources;
  /** The most replicas that its autoscaler may bring. */
  maximum: number;
}

/** Millicores, bytes and pods. */
const use = ({ requests, limits }: Resources, pods: number) => ({
  requestedCpu: pods * millicores(requests.cpu),
  requestedMemory: pods * bytes(requests.memory),
  limitedCpu: pods * millicores(limits.cpu),
  limitedMemory: pods * bytes(limits.memory),
  pods,
});

/**
 * What the whole catalogue needs at the planned load, doubled; a service that a stack gives more than that counts with
 * what it gets. It does not depend on which services a stack runs as planned, so that adding or removing one leaves the
 * quota as it is.
 */
export function namespaceQuota(
  { requestsPerSecond }: CapacityReport,
  allowances: Readonly<Partial<Record<ServiceName, Allowance>>>,
): Quota {
  const uses = serviceNames.map((name) => {
    const replicas = requiredReplicas({ ...services[name], minimum: 2 }, requestsPerSecond);
    const planned = use(services[name].resources, slack * (replicas + surge));
    const allowance = allowances[name];
    return { planned, given: allowance ? use(allowance.resources, allowance.maximum + surge) : planned };
  });
  const aggregation = use(reportAggregation.resources, aggregationRuns);
  const migration = use(schemaMigration.resources, migrationRuns);
  const total = (key: keyof typeof aggregation): number =>
    uses.reduce(
      (sum, { planned, given }) => sum + Math.max(planned[key], given[key]),
      aggregation[key] + migration[key],
    );
  return {
    requests: { cpu: formatMillicores(total("requestedCpu")), memory: formatBytes(total("requestedMemory")) },
    limits: { cpu: formatMillicores(total("limitedCpu")), memory: formatBytes(total("limitedMemory")) },
    pods: total("pods"),
  };
}
