import { compatibilityProblems, supported } from "../../../stacks/compatibility.js";
import { versions } from "../../../stacks/versions.js";

test("the pinned versions support each other", () => {
  expect(compatibilityProblems(versions.kubernetes, versions.charts)).toEqual([]);
});

test("a Kubernetes that an add-on does not support is refused with the range and its source", () => {
  const problems = compatibilityProblems("1.36", versions.charts);
  expect(problems).toEqual([
    {
      path: "stacks/versions.ts: charts.ingress-nginx",
      message: `4.15.1 supports Kubernetes 1.31 to 1.35, not 1.36 (${supported["ingress-nginx"]?.source ?? ""})`,
    },
  ]);
  expect(compatibilityProblems("1.33", versions.charts).map(({ path }) => path)).toEqual([
    "stacks/versions.ts: charts.tigera-operator",
  ]);
});

test("a release line that nobody has looked up is refused", () => {
  expect(compatibilityProblems("1.35", { "tigera-operator": "v3.33.0" })[0]?.message).toContain(
    "not of the line v3.32",
  );
});

test("every version is one: no range, no latest", () => {
  for (const version of Object.values(versions.charts)) expect(version).toMatch(/^v?\d+\.\d+\.\d+$/);
  for (const version of Object.values(versions.eksAddons)) expect(version).toMatch(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/);
});

test("the cluster autoscaler has the minor of Kubernetes", () => {
  expect(versions.clusterAutoscaler).toMatch(new RegExp(`^v${versions.kubernetes}[.]`));
});

test("vpc-cni stays below the version that overwrites Calico's marks", () => {
  expect(versions.eksAddons["vpc-cni"]).toMatch(/^v1\.22\./);
});
