import type { CapturedStack } from "./capture.js";
import { compare } from "./manifests.js";
import { redactSecrets } from "./secrets.js";

/** A captured stack in a form that is the same for the same program: sorted, secrets redacted, nothing left out. */
export interface CanonicalStack {
  resources: unknown[];
  outputs: unknown;
}

/** The value with the keys of every object in order. Lists stay as they are: their order means something. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}

export const canonical = (stack: CapturedStack): CanonicalStack => ({
  resources: [...stack.resources]
    .sort((a, b) => compare(a.urn, b.urn))
    .map((resource) => sortKeys(redactSecrets(resource))),
  outputs: sortKeys(redactSecrets(stack.outputs)),
});

/** As a file: two spaces, a newline at the end. */
export const toJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
