import fc from "fast-check";
import { kubeconfig, nodeGroups } from "../../../components/cluster/index.js";

const zones = ["a", "b", "c"].map((zone) => ({ zone, subnetId: `subnet-${zone}` }));

test("a pool for everybody is one group over all zones", () => {
  expect(nodeGroups({ zones, count: 3, maximumCount: 8, dedicatedTo: undefined })).toEqual([
    { subnetIds: ["subnet-a", "subnet-b", "subnet-c"], count: 3, maximumCount: 8 },
  ]);
});

test("a dedicated pool has a group in each zone that it has nodes in, the first zones first", () => {
  expect(nodeGroups({ zones, count: 2, maximumCount: 2, dedicatedTo: "database" })).toEqual([
    { zone: "a", subnetIds: ["subnet-a"], count: 1, maximumCount: 1 },
    { zone: "b", subnetIds: ["subnet-b"], count: 1, maximumCount: 1 },
  ]);
});

test("no node is lost in the division, and zones differ by one at most", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 20 }), (count, more) => {
      const groups = nodeGroups({ zones, count, maximumCount: count + more, dedicatedTo: "database" });
      const sum = (key: "count" | "maximumCount") => groups.reduce((total, group) => total + group[key], 0);
      expect([sum("count"), sum("maximumCount")]).toEqual([count, count + more]);
      const counts = groups.map((group) => group.count);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      for (const group of groups) expect(group.maximumCount).toBeGreaterThanOrEqual(group.count);
    }),
  );
});

test("the kubeconfig holds no secret: it asks the AWS CLI for a token each time", () => {
  const text = kubeconfig({
    clusterName: "nusantara-jakarta",
    region: "ap-southeast-3",
    endpoint: "https://example.invalid",
    certificateAuthority: "Y2E=",
  });
  const { users } = JSON.parse(text) as { users: { user: Record<string, unknown> }[] };
  expect(users.map(({ user }) => Object.keys(user))).toEqual([["exec"]]);
  expect(text).toContain('"get-token","--cluster-name","nusantara-jakarta"');
});
