import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CapturedResource } from "../../local/render/capture.js";
import { root } from "./city.js";

/** The resources of AWS among all. */
export const ofAws = (resources: readonly CapturedResource[]): CapturedResource[] =>
  resources.filter(({ type }) => type.startsWith("aws:"));

/** The resources of one type, e.g. `Subnet`. */
export const ofType = (resources: readonly CapturedResource[], type: string): CapturedResource[] =>
  ofAws(resources).filter((resource) => resource.type.endsWith(`:${type}`));

/** The one resource of a type, or the one of a name. */
export function theOne(resources: readonly CapturedResource[], type: string, name?: string): CapturedResource {
  const found = ofType(resources, type).filter((resource) => name === undefined || resource.name === name);
  const [resource] = found;
  if (resource === undefined || found.length > 1) throw new Error(`there are ${found.length} ${type}s ${name ?? ""}`);
  return resource;
}

/** Whether a type can carry tags, as the SDK has it. */
export function isTaggable(type: string): boolean {
  const [, path = ""] = type.split(":");
  const file = join(root, "node_modules", "@pulumi", "aws", `${path}.js`);
  if (!existsSync(file)) throw new Error(`the SDK has no file for "${type}"`);
  return readFileSync(file, "utf8").includes('resourceInputs["tags"] = args');
}

/** URNs of everything that a resource comes after, directly or not. */
export function comesAfter(
  resource: CapturedResource,
  all: ReadonlyMap<string, CapturedResource>,
  known = new Set<string>(),
): Set<string> {
  for (const urn of [...resource.dependencies, ...(resource.provider === undefined ? [] : [resource.provider])]) {
    if (known.has(urn)) continue;
    known.add(urn);
    const next = all.get(urn);
    if (next) comesAfter(next, all, known);
  }
  return known;
}

/** One statement of a policy as AWS gets it. */
export interface PolicyStatement {
  Sid: string;
  Effect: string;
  Principal?: unknown;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, unknown>>;
}

/** A value that may be alone, as a list. */
export const listOf = <Value>(value: Value | Value[] | undefined): Value[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Every policy in a stack, by the name of its resource and the property that it is in. */
export const policiesOf = (resources: readonly CapturedResource[]): [string, PolicyStatement[]][] =>
  ofAws(resources).flatMap(({ name, type, inputs }) =>
    ["policy", "assumeRolePolicy"].flatMap((property): [string, PolicyStatement[]][] => {
      const text = inputs[property];
      if (typeof text !== "string") return [];
      const { Statement } = JSON.parse(text) as { Statement: PolicyStatement[] };
      return [[`${type.split(":").at(-1) ?? ""} ${name} ${property}`, Statement]];
    }),
  );

/** The custom resources of a kind, e.g. `ClusterIssuer`. */
export const customResources = (resources: readonly CapturedResource[], kind: string): CapturedResource[] =>
  resources.filter(({ inputs, type }) => inputs.kind === kind && type.startsWith("kubernetes:"));

export const byUrn = (resources: readonly CapturedResource[]): Map<string, CapturedResource> =>
  new Map(resources.map((each) => [each.urn, each]));

/** URN of the resource of a name. */
export function urnOf(resources: readonly CapturedResource[], name: string): string {
  const found = resources.find((each) => each.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found.urn;
}
