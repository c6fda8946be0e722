import type { ConfigProblem } from "./configErrors.js";
import type { ChartName } from "./versions.js";

/** Kubernetes minors that a release of an add-on supports, lowest and highest. */
interface Support {
  /** The release line that the range is said of, e.g. `3.32`. */
  release: string;
  lowest: string;
  highest: string;
  /** Who says so. */
  source: string;
}

/** What the add-ons themselves say of the release lines that are pinned here. Those without an entry name no limits. */
export const supported: Readonly<Partial<Record<ChartName, Support>>> = {
  "ingress-nginx": {
    release: "4.15",
    lowest: "1.31",
    highest: "1.35",
    source: "README of kubernetes/ingress-nginx, table of supported versions; the last release there is",
  },
  "tigera-operator": {
    release: "v3.32",
    lowest: "1.34",
    highest: "1.36",
    source: "documentation of Calico 3.32, system requirements",
  },
  istiod: {
    release: "1.31",
    lowest: "1.32",
    highest: "1.36",
    source: "istio.io, data/compatibility/supportStatus.yml, the branch that 1.31 was made from, in August 2026",
  },
};

/** The versions that have to fit together, as `versions` pins them. */
export interface Pinned {
  kubernetes: string;
  charts: Readonly<Partial<Record<ChartName, string>>>;
  eksAddons: Readonly<Record<"vpc-cni" | "kube-proxy", string>>;
  clusterAutoscaler: string;
}

/** Charts of one release: another version of one of them than of the others is no release at all. */
const together: readonly (readonly [ChartName, ...ChartName[]])[] = [
  ["tigera-operator", "crd.projectcalico.org.v1"],
  ["istiod", "base", "cni", "ztunnel"],
];

/** Pairs of versions that nobody supports, or whose support nobody has looked up. */
export const compatibilityProblems = (pinned: Pinned): ConfigProblem[] => [
  ...chartProblems(pinned),
  ...togetherProblems(pinned),
  ...minorProblems(pinned),
  ...networkProblems(pinned),
];

function chartProblems({ kubernetes, charts }: Pinned): ConfigProblem[] {
  return Object.entries(supported).flatMap(([name, { release, lowest, highest, source }]) => {
    const version = charts[name as ChartName];
    if (version === undefined) return [];
    const path = `stacks/versions.ts: charts.${name}`;
    if (!version.startsWith(`${release}.`))
      return [
        { path, message: `${version} is not of the line ${release}, which stacks/compatibility.ts knows; look it up` },
      ];
    return minor(kubernetes) < minor(lowest) || minor(kubernetes) > minor(highest)
      ? [{ path, message: `${version} supports Kubernetes ${lowest} to ${highest}, not ${kubernetes} (${source})` }]
      : [];
  });
}

const togetherProblems = ({ charts }: Pinned): ConfigProblem[] =>
  together.flatMap(([first, ...others]) =>
    others
      .filter((name) => charts[name] !== charts[first])
      .map((name) => ({
        path: `stacks/versions.ts: charts.${name}`,
        message: `${charts[name] ?? "none"} is of another release than ${first} ${charts[first] ?? "none"}; pin the same`,
      })),
  );

/** What is released with every minor of Kubernetes, and works with that one. */
const minorProblems = ({ kubernetes, eksAddons, clusterAutoscaler }: Pinned): ConfigProblem[] =>
  Object.entries({ clusterAutoscaler, "eksAddons.kube-proxy": eksAddons["kube-proxy"] })
    .filter(([, version]) => !version.startsWith(`v${kubernetes}.`))
    .map(([name, version]) => ({
      path: `stacks/versions.ts: ${name}`,
      message: `${version} is not of Kubernetes ${kubernetes}; pin a version v${kubernetes}.x`,
    }));

const networkProblems = ({ eksAddons }: Pinned): ConfigProblem[] =>
  minor(eksAddons["vpc-cni"]) < 23
    ? []
    : [
        {
          path: "stacks/versions.ts: eksAddons.vpc-cni",
          message: `${eksAddons["vpc-cni"]} overwrites marks of packets that Calico sets (amazon-vpc-cni-k8s issue 3872); pin v1.22.x`,
        },
      ];

const minor = (version: string): number => Number(version.split(".")[1]);
