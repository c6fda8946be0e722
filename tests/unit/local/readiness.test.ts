import { hasFailed, lackOf, podTroubles, unready } from "../../../local/readiness.js";
import type { Manifest } from "../../../local/render/manifests.js";

const live = (kind: string, fields: { metadata?: object; spec?: object; status?: object } = {}): Manifest => ({
  apiVersion: "v1",
  kind,
  ...fields,
  metadata: { name: "order", namespace: "shop", ...fields.metadata },
});

const full = { updatedReplicas: 2, replicas: 2, availableReplicas: 2, readyReplicas: 2 };
const condition = (type: string, status = "True", more: object = {}) => ({ conditions: [{ type, status, ...more }] });
const two = { replicas: 2 };

describe("an object is ready, or lacks something that is said", () => {
  test.each<[string, Manifest, string | undefined]>([
    ["a Namespace that is active", live("Namespace", { status: { phase: "Active" } }), undefined],
    ["a Namespace that goes", live("Namespace", { status: { phase: "Terminating" } }), "is Terminating"],
    ["a Namespace that has just come", live("Namespace"), "is new"],
    ["a Node that is Ready", live("Node", { status: condition("Ready") }), undefined],
    ["a Node that is not", live("Node", { status: condition("Ready", "False") }), "is not Ready"],
    ["a Deployment with all replicas", live("Deployment", { spec: two, status: full }), undefined],
    [
      "a Deployment of which one is missing",
      live("Deployment", { spec: two, status: { ...full, availableReplicas: 1 } }),
      "1 of 2 replicas available",
    ],
    [
      "a Deployment in a roll-out",
      live("Deployment", { spec: two, status: { ...full, updatedReplicas: 1 } }),
      "1 of 2 replicas updated",
    ],
    [
      "a Deployment at the end of a roll-out",
      live("Deployment", { spec: two, status: { ...full, replicas: 3 } }),
      "1 old replicas left",
    ],
    ["a Deployment without a count", live("Deployment", { status: {} }), "0 of 1 replicas updated"],
    ["a StatefulSet with all replicas", live("StatefulSet", { spec: two, status: full }), undefined],
    [
      "a StatefulSet of which one is not ready",
      live("StatefulSet", { spec: two, status: { ...full, readyReplicas: 1 } }),
      "1 of 2 replicas ready",
    ],
    ["a DaemonSet that no node wants", live("DaemonSet", { status: { desiredNumberScheduled: 0 } }), undefined],
    [
      "a DaemonSet of which one is missing",
      live("DaemonSet", { status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 } }),
      "2 of 3 pods available",
    ],
    ["a Job that is complete", live("Job", { status: condition("Complete") }), undefined],
    ["a Job that runs", live("Job"), "is not complete"],
    [
      "a Job that failed",
      live("Job", { status: condition("Failed", "True", { message: "deadline exceeded" }) }),
      "failed: deadline exceeded",
    ],
    [
      "an autoscaler that keeps its minimum",
      live("HorizontalPodAutoscaler", { spec: { minReplicas: 2 }, status: { currentReplicas: 2 } }),
      undefined,
    ],
    [
      "an autoscaler that has not looked yet",
      live("HorizontalPodAutoscaler", { spec: { minReplicas: 2 } }),
      "0 of 2 replicas that it keeps at least",
    ],
    [
      "a budget that lets a pod go",
      live("PodDisruptionBudget", { status: { expectedPods: 2, disruptionsAllowed: 1 } }),
      undefined,
    ],
    [
      "a budget that lets none go",
      live("PodDisruptionBudget", { status: { expectedPods: 2, disruptionsAllowed: 0 } }),
      "allows no disruption yet",
    ],
    [
      "a definition that is established",
      live("CustomResourceDefinition", { status: condition("Established") }),
      undefined,
    ],
    ["a definition that is not", live("CustomResourceDefinition"), "is not established"],
    ["an API that answers", live("APIService", { status: condition("Available") }), undefined],
    ["an API that does not", live("APIService", { status: condition("Available", "False") }), "is not available"],
    ["a kind that just has to be there", live("ConfigMap"), undefined],
  ])("%s", (_, object, lack) => {
    expect(lackOf(object)).toBe(lack);
  });

  test.each(["Deployment", "StatefulSet", "DaemonSet", "PodDisruptionBudget"])(
    "a %s whose controller has not seen its last change is not ready, whatever its status says",
    (kind) => {
      const seen = (observedGeneration: number) =>
        live(kind, { metadata: { generation: 4 }, spec: { replicas: 0 }, status: { observedGeneration } });
      expect(lackOf(seen(3))).toBe("has not been looked at by its controller");
      expect(lackOf(seen(4))).toBeUndefined();
    },
  );

  test("anything that is being deleted is not ready", () => {
    expect(lackOf(live("ConfigMap", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }))).toBe(
      "is being deleted",
    );
  });
});

test("only what is not ready is listed, with its place", () => {
  expect(unready([live("ConfigMap"), live("Job")])).toEqual([{ object: "Job shop/order", lack: "is not complete" }]);
});

test("why pods are not placed is told in the scheduler's words, once for each pod", () => {
  const waiting = live("Pod", {
    status: { phase: "Pending", ...condition("PodScheduled", "False", { message: "0/5 nodes are available" }) },
  });
  const placed = live("Pod", { status: { phase: "Running", ...condition("PodScheduled") } });
  expect(podTroubles([waiting, placed, waiting])).toEqual(["Pod shop/order: 0/5 nodes are available"]);
});

test("only a Job that has given up has failed for good", () => {
  const failed = condition("Failed", "True", { reason: "BackoffLimitExceeded" });
  expect(hasFailed(live("Job", { status: failed }))).toBe(true);
  for (const other of [
    live("Job"),
    live("Job", { status: condition("Complete") }),
    live("Job", { status: condition("Failed", "False") }),
    live("Deployment", { status: failed }),
  ])
    expect(hasFailed(other)).toBe(false);
});
