import type { Field } from "../model/field.js";
import { MalformedError } from "../model/value.js";

export type Labels = Readonly<Record<string, string>>;

/** A label selector (meta/v1 LabelSelector): every requirement must hold. */
export interface Selector {
  /** Whether nothing is required, so that it selects everything. */
  isEmpty: boolean;
  matches: (labels: Labels) => boolean;
}

type Requirement = (labels: Labels) => boolean;

/**
 * Reads a label selector. One that is not set at all is `undefined`: what that selects depends on where it stands.
 * @throws MalformedError for an operator that Kubernetes does not know.
 */
export function selectorOf(field: Field): Selector | undefined {
  if (!field.isSet) return undefined;
  const requirements = [
    ...field
      .at("matchLabels")
      .entries()
      .map(([key, value]) => equals(key, value.text())),
    ...field.at("matchExpressions").list().map(expression),
  ];
  return { isEmpty: requirements.length === 0, matches: (labels) => requirements.every((holds) => holds(labels)) };
}

/** A plain map of labels, as Services have it. One without any label selects nothing there. */
export function labelMapSelector(field: Field): Selector {
  const requirements = field.entries().map(([key, value]) => equals(key, value.text()));
  return {
    isEmpty: requirements.length === 0,
    matches: (labels) => requirements.length > 0 && requirements.every((holds) => holds(labels)),
  };
}

const equals =
  (key: string, value: string | undefined): Requirement =>
  (labels) =>
    value !== undefined && labels[key] === value;

function expression(field: Field): Requirement {
  const key = field.at("key").text() ?? "";
  const values = field.at("values").texts();
  const operator = field.at("operator").text();
  switch (operator) {
    case "In":
      return (labels) => labels[key] !== undefined && values.includes(labels[key]);
    case "NotIn":
      return (labels) => labels[key] === undefined || !values.includes(labels[key]);
    case "Exists":
      return (labels) => labels[key] !== undefined;
    case "DoesNotExist":
      return (labels) => labels[key] === undefined;
    default:
      throw new MalformedError(`${field.path}.operator`, "In, NotIn, Exists or DoesNotExist");
  }
}
