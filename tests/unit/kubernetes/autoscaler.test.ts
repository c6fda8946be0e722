import { horizontalPodAutoscaler } from "../../../components/kubernetes/autoscaler.js";

const utilisation = (name: string, averageUtilization: number) => ({
  type: "Resource",
  resource: { name, target: { type: "Utilization", averageUtilization } },
});

test("scales the Deployment between its bounds on CPU and on memory (M16)", () => {
  expect(horizontalPodAutoscaler("order", { minimum: 2, maximum: 7 })).toMatchObject({
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "order" },
    minReplicas: 2,
    maxReplicas: 7,
    metrics: [utilisation("cpu", 70), utilisation("memory", 80)],
  });
});

test("aims for what it is told", () => {
  const { metrics } = horizontalPodAutoscaler("order", { minimum: 2, maximum: 7, cpuPercent: 50, memoryPercent: 60 });
  expect(metrics).toEqual([utilisation("cpu", 50), utilisation("memory", 60)]);
});

test("doubles at once when a fail-over doubles the load, and shrinks one pod a minute (M12)", () => {
  expect(horizontalPodAutoscaler("order", { minimum: 2, maximum: 7 }).behavior).toMatchObject({
    scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 100 }] },
    scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
  });
});

test("may hold a fixed number of replicas", () => {
  expect(horizontalPodAutoscaler("order", { minimum: 3, maximum: 3 })).toMatchObject({
    minReplicas: 3,
    maxReplicas: 3,
  });
});

test.each([
  [0, 3],
  [4, 3],
])("from %d to %d replicas is refused", (minimum, maximum) => {
  expect(() => horizontalPodAutoscaler("order", { minimum, maximum })).toThrow(
    `can't scale from ${minimum} to ${maximum} replicas: need 1 ≤ minimum ≤ maximum`,
  );
});
