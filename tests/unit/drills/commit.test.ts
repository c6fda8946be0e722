import { commitSeen, requireCommit } from "../../../local/drills/commit.js";
import { Drill } from "../../../local/drills/drill.js";
import type { Observation } from "../../../local/drills/history.js";
import { Pods } from "../../../local/drills/pods.js";
import type { UserError } from "../../../local/errors.js";
import { localPlatform } from "../../../local/platform.js";

const viewOf = (...roles: string[]): Observation => ({
  city: "jakarta",
  at: 1,
  members: roles.map((role, index) => ({ name: `jakarta-core-${index}`, role, state: "running" })),
  leaders: [],
});

test("commits wait for a quorum where some member counts as one of those that they wait for", () => {
  expect(commitSeen([viewOf("leader", "replica")])).toBe("async");
  expect(commitSeen([viewOf("leader", "replica"), viewOf("leader", "quorum_standby")])).toBe("quorum");
  expect(commitSeen([])).toBe("async");
});

describe("a drill that finds another commit than the stack files have", () => {
  const platform = localPlatform({});
  const topology = { cities: [{ name: "jakarta", pods: "10.10.0.0/16" }], privateZone: "nusantara.internal" };
  const drillSeeing = (views: () => Observation[]): Drill => {
    const drill = new Drill(
      platform,
      topology,
      [],
      new Pods(platform, [], () => undefined),
      new AbortController().signal,
      () => undefined,
    );
    return Object.assign(drill, { views });
  };

  test("waits, as a new primary gets its standbys a moment later", async () => {
    let looks = 0;
    const drill = drillSeeing(() => [viewOf("leader", (looks += 1) > 1 ? "quorum_standby" : "replica")]);
    await requireCommit(drill, "quorum", 10);
    expect(looks).toBe(2);
  });

  test("is refused with both of them", async () => {
    const refused = requireCommit(
      drillSeeing(() => [viewOf("leader", "replica")]),
      "quorum",
      0,
    );
    const error: unknown = await refused.catch((reason: unknown) => reason);
    expect((error as UserError).explanation).toBe(
      'the platform commits with "async", and its stack files say "quorum"\n' +
        "  → make up NODES=real, with the NUSANTARA_PROJECT that is meant",
    );
  });
});
