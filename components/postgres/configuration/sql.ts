/** A letter, then letters, digits, `_` or `-`; with the `_a` of a login it fits into PostgreSQL's 63 characters. */
const plain = /^(?!pg_)[a-z][a-z0-9_-]{0,60}(?:_[ab])?$/;

/**
 * A quoted identifier.
 *
 * @throws Error for anything but a plain name: names come from our own tables, and others are a slip.
 */
export function identifier(name: string): string {
  if (!plain.test(name) || name === "none" || name === "public") {
    throw new Error(
      `"${name}" can't be the name of a role, schema or table; use lower-case letters, digits, "_" and "-", ` +
        'at most 61 characters, beginning with a letter but not with "pg_"',
    );
  }
  return `"${name}"`;
}

/** A string literal, whatever `standard_conforming_strings` says. */
export const literal = (text: string): string =>
  text.includes("\\") ? `E'${text.replace(/['\\]/g, "$&$&")}'` : `'${text.replaceAll("'", "''")}'`;

/** An array of names. */
export const sqlArray = (values: readonly string[]): string => `ARRAY[${values.map(literal).join(", ")}]::name[]`;
