import type { CapturedResource, CapturedStack } from "../render/capture.js";
import type { Charge } from "./charge.js";
import { rateOf, type PriceList, type Rate } from "./priceList.js";
import { billed, free, type RuleContext } from "./rules.js";
import { claimedVolumes } from "./volumes.js";

/** A charge with what it comes to. */
export interface CostLine extends Charge {
  stack: string;
  /** Name of the innermost component that has the resource; the resource's own where none has it. */
  component: string;
  /** Where the resource is. */
  region: string;
  /** Nothing where the list has no price. */
  rate: Rate | undefined;
  /** A month, in the list's currency. Nothing where price or amount is unknown. */
  cost: number | undefined;
}

/** What a stack costs a month, line by line, by what it registers. Nothing is on AWS's bill without AWS's provider. */
export function costLines({ stack, resources }: CapturedStack, list: PriceList): CostLine[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const cityRegion = regionOf(resources.find(({ type }) => type === "pulumi:providers:aws"));
  if (cityRegion === undefined) return [];
  return resources.flatMap((resource) => {
    const component = componentOf(resource, byUrn);
    const dependencies = resource.dependencies.flatMap((urn) => byUrn.get(urn) ?? []);
    const region = regionOf(resource) ?? cityRegion;
    return chargesOf(resource, resources, { dependencies, component, list })
      .filter(({ amount }) => amount !== 0)
      .map((charge): CostLine => {
        const rate = rateOf(list, charge.price, region);
        const cost = rate === undefined || charge.amount === undefined ? undefined : charge.amount * rate.price;
        return { ...charge, stack, component, region, rate, cost };
      });
  });
}

function chargesOf(resource: CapturedResource, all: readonly CapturedResource[], context: RuleContext): Charge[] {
  const { type, inputs } = resource;
  if (!type.startsWith("aws:")) return claimedVolumes(resource, all);
  if (free.has(type)) return [];
  // A type that nobody has thought of shows as unknown, in the tables and in the test of all types.
  return billed[type]?.(inputs, context) ?? [{ price: type, amount: 1 }];
}

const regionOf = (resource: CapturedResource | undefined): string | undefined =>
  typeof resource?.inputs.region === "string" ? resource.inputs.region : undefined;

function componentOf(resource: CapturedResource, byUrn: ReadonlyMap<string, CapturedResource>): string {
  const parent = byUrn.get(resource.parent ?? "");
  return parent !== undefined && !parent.custom ? parent.name : resource.name;
}

/** A sum, and whether anything is missing in it. */
export interface Sum {
  /** A month, in the list's currency. */
  cost: number;
  /** How much of it rests on assumed amounts. */
  assumed: number;
  /** Whether something has no price. */
  isWhole: boolean;
}

/** Sums of lines by whatever names them, in the order in which the names come up. */
export function sumsBy(lines: readonly CostLine[], nameOf: (line: CostLine) => string): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const line of lines) {
    const name = nameOf(line);
    const { cost, assumed, isWhole } = sums.get(name) ?? { cost: 0, assumed: 0, isWhole: true };
    sums.set(name, {
      cost: cost + (line.cost ?? 0),
      assumed: assumed + (line.assumed === true ? (line.cost ?? 0) : 0),
      isWhole: isWhole && line.cost !== undefined,
    });
  }
  return sums;
}

/** The sum of all lines. */
export const sumOf = (lines: readonly CostLine[]): Sum =>
  sumsBy(lines, () => "all").get("all") ?? { cost: 0, assumed: 0, isWhole: true };
