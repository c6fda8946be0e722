/** What the labels of an object are made of. */
export interface LabelArgs {
  /** Name of the workload, e.g. `order`. */
  name: string;
  /** Role in the architecture, e.g. `gateway`, `backend`, `database`. */
  component: string;
  /** The system that it belongs to, e.g. `nusantara-mart`. */
  partOf: string;
  /** The city that the object lives in. */
  city: string;
}

export type Labels = Readonly<Record<string, string>>;

/** Value of `app.kubernetes.io/managed-by` on everything that this program makes. */
export const managedBy = "nusantara";

/**
 * The recommended Kubernetes labels, plus the city.
 * The version is left out: it would change selectors' neighbours and roll pods whose image did not change.
 */
export function labels(args: LabelArgs): Labels {
  return {
    "app.kubernetes.io/name": args.name,
    "app.kubernetes.io/component": args.component,
    "app.kubernetes.io/part-of": args.partOf,
    "app.kubernetes.io/managed-by": managedBy,
    "nusantara.io/city": args.city,
  };
}

/** The labels that select the pods of a workload: the two that can never change during its life. */
export function selectorLabels(args: Pick<LabelArgs, "name" | "partOf">): Labels {
  return { "app.kubernetes.io/name": args.name, "app.kubernetes.io/part-of": args.partOf };
}

/** Labels that node pools put on their nodes and that workloads select. */
export const nodeLabels = {
  /** Name of the pool: `general`, `light`, `database`. */
  pool: "nusantara.io/node-pool",
  /** Size class of the nodes: `heavy`, `medium`, `light` (M2). */
  class: "nusantara.io/node-class",
} as const;

/** Key of the taint that keeps everything but the named kind of workload off a pool. */
export const dedicatedTaint = "nusantara.io/dedicated";
