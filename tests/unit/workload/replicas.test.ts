import { bundles } from "../../support/bundles.js";
import { objectOf, objectsOf, podTemplateOf } from "../../support/objects.js";

describe.each(["WebService", "Worker"] as const)("the replicas of a %s", (name) => {
  test("are counted by the autoscaler alone: two owners of the field would fight at every up", async () => {
    const resources = await bundles[name]({ scaling: { minimum: 3, maximum: 9 } });
    expect(objectOf(resources, "Deployment").spec).not.toHaveProperty("replicas");
    expect(objectOf(resources, "HorizontalPodAutoscaler").spec).toMatchObject({
      scaleTargetRef: { kind: "Deployment", name: "order" },
      minReplicas: 3,
      maxReplicas: 9,
    });
  });

  test("are protected from drains by a budget that keeps one up (M16)", async () => {
    const { spec } = objectOf(await bundles[name](), "PodDisruptionBudget");
    expect(spec).toMatchObject({
      minAvailable: 1,
      selector: { matchLabels: { "app.kubernetes.io/name": "order", "app.kubernetes.io/part-of": "nusantara-mart" } },
    });
  });

  test("get no budget when there is but one", async () => {
    const resources = await bundles[name]({ scaling: { minimum: 1, maximum: 4 } });
    expect(objectsOf(resources, "PodDisruptionBudget")).toEqual([]);
  });

  test("never fall below their number during a roll-out", async () => {
    expect(objectOf(await bundles[name](), "Deployment").spec.strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
  });

  test("run on the nodes that they are placed on, and may share one where they are told so", async () => {
    const toleration = { key: "nusantara.io/dedicated", operator: "Equal", value: "shop", effect: "NoSchedule" };
    const resources = await bundles[name]({
      placement: { nodeSelector: { zone: "a" }, tolerations: [toleration], hosts: "preferred" },
    });
    expect(podTemplateOf(resources).spec).toMatchObject({
      nodeSelector: { zone: "a" },
      tolerations: [toleration],
      topologySpreadConstraints: [
        { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
        { topologyKey: "topology.kubernetes.io/zone" },
      ],
    });
  });
});
