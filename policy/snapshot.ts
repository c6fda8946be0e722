import { UnknownValueError } from "@pulumi/policy";
import { notKnown, type Value } from "./model/value.js";

/**
 * Inputs as the SDK hands them out, as plain data. The SDK throws at the first touch of a value that is not known, and
 * then reports the whole rule as advisory; here such a value becomes a mark, and the rest stays readable.
 */
export function snapshot(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  if (typeof value !== "object") throw new TypeError(`an input is a ${typeof value}`);
  // By index: an iterator would throw at the first entry that is not known, and take the others along.
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => read(value, index));
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(value, key)]));
}

function read(container: object, key: string | number): Value {
  try {
    return snapshot((container as Record<string | number, unknown>)[key]);
  } catch (error) {
    if (error instanceof UnknownValueError) return notKnown;
    throw error;
  }
}
