import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { UserError } from "./errors.js";

/**
 * What a YAML file holds.
 * @throws UserError with file, line and column, but without the line itself: a password may stand there.
 */
export function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`${file} can't be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`, "create it");
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (!error) return document.toJS() as unknown;
  const [position] = error.linePos ?? [];
  throw new UserError(
    `${file}, line ${position?.line ?? 1}, column ${position?.col ?? 1}: no valid YAML (${error.code})`,
    "mend the file and run it again",
  );
}
