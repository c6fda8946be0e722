import { Field } from "../../../policy/model/field.js";
import type { Resource, Stack } from "../../../policy/model/resource.js";
import type { Value } from "../../../policy/model/value.js";

/** A resource as a rule's case writes it down. */
export interface Given {
  type: string;
  name?: string;
  inputs: Value;
  protect?: boolean;
  provider?: string;
  dependencies?: readonly string[];
}

/** The URN of a given resource. */
export const urnOf = ({ type, name = "it" }: Pick<Given, "type" | "name">): string =>
  `urn:pulumi:jakarta::nusantara::${type}::${name}`;

export const resourceOf = (given: Given): Resource => ({
  urn: urnOf(given),
  type: given.type,
  name: given.name ?? "it",
  inputs: new Field(given.inputs, ""),
  protect: given.protect ?? false,
  ...(given.provider !== undefined && { provider: { urn: `urn::${given.provider}`, name: given.provider } }),
  dependencies: given.dependencies ?? [],
});

export const stackOf = (given: readonly Given[]): Stack => ({ resources: given.map(resourceOf) });

/** The same inputs with another value at a path such as `spec.containers.0.image`; `undefined` takes it away. */
export function withValue(inputs: Value, path: string, value: Value | undefined): Value {
  const [key = "", ...rest] = path.split(".");
  const below = (before: Value | undefined) =>
    rest.length === 0 ? value : withValue(before ?? {}, rest.join("."), value);
  if (isList(inputs)) return inputs.map((item, index) => (index === Number(key) ? (below(item) ?? null) : item));
  const { [key]: before, ...others } = isObject(inputs) ? inputs : {};
  const next = below(before);
  return next === undefined ? others : { ...others, [key]: next };
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
const isObject = (value: Value): value is Readonly<Record<string, Value>> =>
  typeof value === "object" && value !== null && !isList(value);
