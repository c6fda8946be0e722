import type { Field } from "../model/field.js";

/** A setting of a container; where it has none of its own, that of the pod. */
export function effective(podSpec: Field, container: Field, ...keys: readonly string[]): Field {
  const own = container.at("securityContext", ...keys);
  return own.isSet ? own : podSpec.at("securityContext", ...keys);
}
