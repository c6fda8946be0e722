import { z } from "zod";
import type { Field } from "../model/field.js";
import { MalformedError } from "../model/value.js";

const oneOrMore = z.union([z.string().transform((text) => [text]), z.array(z.string())]).default([]);

/** Everybody, or names by kind, of which one may be everybody. */
const principals = z
  .union([
    z.string().transform((text) => [text]),
    z.record(z.string(), oneOrMore).transform((byKind) => byKind.AWS ?? []),
  ])
  .default([]);

const statement = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMore,
  NotAction: oneOrMore,
  Resource: oneOrMore,
  NotResource: oneOrMore,
  /** Whom it is for, as far as they are accounts, users and roles of AWS. */
  Principal: principals,
  Condition: z.unknown().optional(),
});

const policyDocument = z.object({ Statement: z.union([statement.transform((one) => [one]), z.array(statement)]) });

/** A statement of an IAM policy, as far as the rules read it. */
export type Statement = z.output<typeof statement>;

/**
 * The statements of an IAM policy document, given as a text or an object.
 * @throws MalformedError for what is no policy document; NotKnownError while a part of it is not known.
 */
export function statementsOf(field: Field): Statement[] {
  const result = policyDocument.safeParse(parsed(field.text() ?? "", field.path));
  if (!result.success) throw new MalformedError(field.path, "an IAM policy document");
  return result.data.Statement;
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedError(path, "JSON");
  }
}
