import { instanceSizes } from "./data/instanceTypes.js";
import type { NodeSize } from "./nodeClasses.js";

/** Regions that there is a list of instance types for. */
export const knownRegions = Object.keys(instanceSizes);

/** Whether AWS offers a type in a region of {@link knownRegions}. */
export function isOffered(region: string, instanceType: string): boolean {
  const [family = "", size = ""] = instanceType.split(".");
  return instanceSizes[region]?.[family]?.split(" ").includes(size) ?? false;
}

/** Types of the same size that a region offers, nearest generation first. */
export function alternatives(region: string, instanceType: string): string[] {
  const [family = "", size = ""] = instanceType.split(".");
  return Object.entries(instanceSizes[region] ?? {})
    .filter(([other, sizes]) => other.startsWith(family.charAt(0)) && sizes.split(" ").includes(size) && !isArm(other))
    .map(([other]) => `${other}.${size}`)
    .sort()
    .reverse();
}

/** Processors of AWS's own, which run none of our images: `c7g`, `m7gd`, `c6gn`. */
export const isArm = (family: string): boolean => /^[a-z]+\d+g/.test(family);

/** GiB of memory for each virtual CPU, by the first letter of a family (EC2 user guide, "Instance types"). */
const memoryPerCpu: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, i: 8 };

/**
 * Virtual CPUs and GiB of memory of a type, by the rules of AWS's names: `large` has two CPUs, `xlarge` four, `16xlarge`
 * 64. Undefined for families that follow no rule, as `t3`.
 */
export function sizeOfType(instanceType: string): Pick<NodeSize, "cpu" | "memory"> | undefined {
  const [family = "", size = ""] = instanceType.split(".");
  const perCpu = memoryPerCpu[family.charAt(0)];
  const times = size === "large" ? 0.5 : size === "xlarge" ? 1 : Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? NaN);
  if (perCpu === undefined || Number.isNaN(times)) return undefined;
  return { cpu: times * 4, memory: times * 4 * perCpu };
}
