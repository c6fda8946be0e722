import { compatibilityProblems, supported } from "../../../stacks/compatibility.js";
import { versions } from "../../../stacks/versions.js";

/** Everything that goes along with Kubernetes, moved to another minor. */
const ofKubernetes = (kubernetes: string) => ({
  ...versions,
  kubernetes,
  clusterAutoscaler: `v${kubernetes}.0`,
  eksAddons: { ...versions.eksAddons, "kube-proxy": `v${kubernetes}.0-eksbuild.1` },
});

test("the pinned versions support each other", () => {
  expect(compatibilityProblems(versions)).toEqual([]);
});

test("a Kubernetes that an add-on does not support is refused with the range and its source", () => {
  const problems = compatibilityProblems(ofKubernetes("1.36"));
  expect(problems).toEqual([
    {
      path: "stacks/versions.ts: charts.ingress-nginx",
      message: `4.15.1 supports Kubernetes 1.31 to 1.35, not 1.36 (${supported["ingress-nginx"]?.source ?? ""})`,
    },
  ]);
  expect(compatibilityProblems(ofKubernetes("1.33")).map(({ path }) => path)).toEqual([
    "stacks/versions.ts: charts.tigera-operator",
  ]);
});

test("a release line that nobody has looked up is refused", () => {
  const problems = compatibilityProblems({ ...versions, charts: { ...versions.charts, istiod: "1.32.0" } });
  expect(problems[0]?.message).toContain("not of the line 1.31");
});

test("every version is one: no range, no latest", () => {
  for (const version of Object.values(versions.charts)) expect(version).toMatch(/^v?\d+\.\d+\.\d+$/);
  for (const version of Object.values(versions.eksAddons)) expect(version).toMatch(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/);
});

test("charts of one release have to be of one version", () => {
  const problems = compatibilityProblems({ ...versions, charts: { ...versions.charts, ztunnel: "1.31.0" } });
  expect(problems).toEqual([
    {
      path: "stacks/versions.ts: charts.ztunnel",
      message: `1.31.0 is of another release than istiod ${versions.charts.istiod}; pin the same`,
    },
  ]);
});

test("what is released with Kubernetes has to be of its minor", () => {
  const behind = { ...versions, kubernetes: "1.34" };
  expect(compatibilityProblems(behind).map(({ path }) => path)).toEqual([
    "stacks/versions.ts: clusterAutoscaler",
    "stacks/versions.ts: eksAddons.kube-proxy",
  ]);
});

test("a vpc-cni that overwrites Calico's marks is refused", () => {
  const eksAddons = { ...versions.eksAddons, "vpc-cni": "v1.23.1-eksbuild.1" };
  expect(compatibilityProblems({ ...versions, eksAddons }).map(({ path }) => path)).toEqual([
    "stacks/versions.ts: eksAddons.vpc-cni",
  ]);
});
