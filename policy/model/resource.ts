import type { Field } from "./field.js";

/** A provider that a resource is made by. */
export interface ProviderReference {
  urn: string;
  name: string;
}

/** A resource as the program registered it and its provider checked it. */
export interface Resource {
  urn: string;
  /** Pulumi's type token, e.g. `kubernetes:apps/v1:StatefulSet`. */
  type: string;
  name: string;
  inputs: Field;
  /** Whether the engine refuses to delete it. */
  protect: boolean;
  /** Absent for components, and for providers themselves. */
  provider?: ProviderReference;
  /** URNs of what its inputs or its options name. Known to rules that need the stack, empty for others. */
  dependencies: readonly string[];
}

/** All that a stack registers. */
export interface Stack {
  resources: readonly Resource[];
}
