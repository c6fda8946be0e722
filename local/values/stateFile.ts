import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

const schema = z.strictObject({
  /** Generated values by URN, with the inputs that they were made from. */
  values: z.record(z.string(), z.strictObject({ inputs: z.unknown(), computed: z.record(z.string(), z.unknown()) })),
  /** Outputs of the last complete run; other stacks read them. */
  outputs: z.record(z.string(), z.unknown()).optional(),
});

/** What a stack without an engine remembers between runs. Holds secrets. */
export type StackState = z.infer<typeof schema>;

/**
 * Reads the state of a stack; an empty one where there is none.
 * @throws Error naming the file when it can't be understood: throwing it away would make new keys and certificates.
 */
export function readState(file: string): StackState {
  if (!existsSync(file)) return { values: {} };
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // The cause would quote the file, which holds secrets.
    throw new Error(`${file} is damaged; restore it, or run "make down" to start again with new keys`);
  }
}

/** Writes the state in one step, readable by its owner only. */
export function writeState(file: string, state: StackState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}
