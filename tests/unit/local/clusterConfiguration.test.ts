import { clusterConfiguration } from "../../../local/clusterConfiguration.js";
import { localPlatform } from "../../../local/platform.js";
import { localConfig } from "../../../local/stack.js";

describe.each(["simulated", "real"] as const)("a control plane with %s nodes", (nodes) => {
  const platform = localPlatform({});
  const { options } = clusterConfiguration(platform, localConfig(platform, "bandung"), nodes) as {
    options: Record<string, number>;
  };

  test("takes simulated nodes over from a simulator that died before it gives them up", () => {
    const { heartbeatFactor, nodeLeaseDurationSeconds = 0 } = options;
    const gracePeriod = (options.kubeControllerManagerNodeMonitorGracePeriodMilliseconds ?? 0) / 1000;
    expect(heartbeatFactor).toBe(1);
    // The simulator looks four times during a lease.
    const takenOver = nodeLeaseDurationSeconds * 1.25;
    expect(takenOver).toBeLessThanOrEqual(gracePeriod / 2);
  });
});
