import type { types } from "@pulumi/kubernetes";

/** Bounds and targets of horizontal scaling. */
export interface Scaling {
  /** The least number of replicas, kept at any load. At least 1. */
  minimum: number;
  /** The most replicas that load may bring. At least `minimum`. */
  maximum: number;
  /**
   * Mean CPU use to aim for, in per cent of the CPU request.
   * @default 70
   */
  cpuPercent?: number;
  /**
   * Mean memory use to aim for, in per cent of the memory request.
   * @default 80
   */
  memoryPercent?: number;
}

export const defaultCpuPercent = 70;
export const defaultMemoryPercent = 80;

/** A HorizontalPodAutoscaler on CPU and memory for a Deployment. */
export function horizontalPodAutoscaler(
  deployment: string,
  { minimum, maximum, cpuPercent = defaultCpuPercent, memoryPercent = defaultMemoryPercent }: Scaling,
): types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  if (minimum < 1 || maximum < minimum) {
    throw new Error(`a Deployment can't scale from ${minimum} to ${maximum} replicas: need 1 ≤ minimum ≤ maximum`);
  }
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    minReplicas: minimum,
    maxReplicas: maximum,
    metrics: [utilisation("cpu", cpuPercent), utilisation("memory", memoryPercent)],
    behavior: {
      // A fail-over doubles a city's load at once: grow fast. Shrink slowly, or the next wave finds too little.
      scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
      scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
    },
  };
}

const utilisation = (name: string, averageUtilization: number) => ({
  type: "Resource",
  resource: { name, target: { type: "Utilization", averageUtilization } },
});
