import type { Value } from "../../../policy/model/value.js";
import { withValue, type Given } from "./inputs.js";

/** A given resource with another value in its inputs; `undefined` takes one away. */
export const but = (given: Given, path: string, value: Value | undefined): Given => ({
  ...given,
  inputs: withValue(given.inputs, path, value),
});
