import { exclusiveHosts, spread } from "../../../components/kubernetes/spread.js";

const selector = { "app.kubernetes.io/name": "order" };
const host = "kubernetes.io/hostname";
const zone = "topology.kubernetes.io/zone";

describe("replicas of a stateless service (M16)", () => {
  test("must spread over hosts and should spread over zones", () => {
    expect(spread({ selector }).topologySpreadConstraints).toMatchObject([
      { topologyKey: host, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" },
      { topologyKey: zone, maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" },
    ]);
  });

  test("may share a host where the cluster has but one", () => {
    expect(spread({ selector, hosts: "preferred" }).topologySpreadConstraints).toMatchObject([
      { topologyKey: host, whenUnsatisfiable: "ScheduleAnyway" },
      { topologyKey: zone, whenUnsatisfiable: "ScheduleAnyway" },
    ]);
  });

  test("can be bound to zones as strictly as to hosts", () => {
    expect(spread({ selector, zones: "required" }).topologySpreadConstraints).toMatchObject([
      { topologyKey: host },
      { topologyKey: zone, whenUnsatisfiable: "DoNotSchedule" },
    ]);
  });

  test("prefer a host without a replica but may outnumber the hosts", () => {
    const { podAntiAffinity } = spread({ selector }).affinity as { podAntiAffinity: object };
    expect(podAntiAffinity).not.toHaveProperty("requiredDuringSchedulingIgnoredDuringExecution");
    expect(podAntiAffinity).toMatchObject({
      preferredDuringSchedulingIgnoredDuringExecution: [
        { podAffinityTerm: { topologyKey: host, labelSelector: { matchLabels: selector } } },
      ],
    });
  });

  test("are counted for themselves, each revision apart, on hosts that they may use", () => {
    for (const constraint of spread({ selector }).topologySpreadConstraints as object[]) {
      expect(constraint).toMatchObject({
        labelSelector: { matchLabels: selector },
        matchLabelKeys: ["pod-template-hash"],
        nodeTaintsPolicy: "Honor",
      });
    }
  });
});

describe("members of a stateful set (M10)", () => {
  test("never share a host", () => {
    expect(exclusiveHosts({ selector }).affinity).toEqual({
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: host, labelSelector: { matchLabels: selector } },
        ],
      },
    });
  });

  test("should spread over zones, or must where somebody says so", () => {
    expect(exclusiveHosts({ selector }).topologySpreadConstraints).toMatchObject([
      { topologyKey: zone, whenUnsatisfiable: "ScheduleAnyway" },
    ]);
    expect(exclusiveHosts({ selector, zones: "required" }).topologySpreadConstraints).toMatchObject([
      { topologyKey: zone, whenUnsatisfiable: "DoNotSchedule" },
    ]);
  });
});
