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

/** Pairs of versions that nobody supports, or whose support nobody has looked up. */
export function compatibilityProblems(
  kubernetes: string,
  charts: Readonly<Partial<Record<ChartName, string>>>,
): ConfigProblem[] {
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

const minor = (version: string): number => Number(version.split(".")[1]);
