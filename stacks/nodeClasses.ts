/** Size of a node of a class (M2). */
export interface NodeSize {
  /** Virtual CPUs. */
  cpu: number;
  /** GiB. */
  memory: number;
  /** GB of local disk. */
  storage: number;
}

/** The three classes of nodes: heavy for databases, medium for the API and back ends, light for reporting (M2). */
export const nodeClasses = {
  heavy: { cpu: 64, memory: 64, storage: 500 },
  medium: { cpu: 8, memory: 8, storage: 50 },
  light: { cpu: 4, memory: 4, storage: 50 },
} as const satisfies Record<string, NodeSize>;

export type NodeClass = keyof typeof nodeClasses;
export const nodeClassNames = Object.keys(nodeClasses) as NodeClass[];

/** What pods may use of a node. */
export interface Allocatable {
  /** Millicores. */
  cpu: number;
  /** Bytes. */
  memory: number;
  /** Number of pods. */
  pods: number;
}

const mebibyte = 2 ** 20;

/** Pods that fit on a node: the kubelet's own default. */
export const podsPerNode = 110;

/**
 * A node's size less what EKS keeps for the kubelet and the system: memory 255 MiB + 11 MiB a pod + 100 MiB eviction
 * threshold; CPU 6 % of the first core, 1 % of the second, 0.5 % of the next two and 0.25 % of the rest
 * (awslabs/amazon-eks-ami, nodeadm's kubelet defaults).
 */
export function allocatable({ cpu, memory }: NodeSize): Allocatable {
  const reservedCpu =
    60 * Math.min(cpu, 1) + 10 * clamp(cpu - 1, 1) + 5 * clamp(cpu - 2, 2) + 2.5 * Math.max(cpu - 4, 0);
  const reservedMemory = (255 + 11 * podsPerNode + 100) * mebibyte;
  return {
    cpu: Math.floor(cpu * 1000 - reservedCpu),
    memory: memory * 1024 * mebibyte - reservedMemory,
    pods: podsPerNode,
  };
}

const clamp = (value: number, upper: number): number => Math.min(Math.max(value, 0), upper);
