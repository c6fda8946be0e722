import { randomInt } from "node:crypto";
import { z } from "zod";

const lower = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const special = "!@#$%&*()-_=+[]{}<>:?";

/** Inputs of `random.RandomPassword` that decide on the result, with the provider's own defaults. */
const inputsSchema = z.object({
  length: z.int().positive(),
  lower: z.boolean().default(true),
  upper: z.boolean().default(true),
  numeric: z.boolean().default(true),
  special: z.boolean().default(true),
  overrideSpecial: z.string().default(""),
  minLower: z.int().default(0),
  minUpper: z.int().default(0),
  minNumeric: z.int().default(0),
  minSpecial: z.int().default(0),
});

const pick = (characters: string): string => characters.charAt(randomInt(characters.length));

/** What `random.RandomPassword` computes: `result`, with at least as many characters of each kind as asked for. */
export function randomPassword(inputs: unknown): Record<string, unknown> {
  const args = inputsSchema.parse(inputs);
  const kinds = [
    { used: args.lower, minimum: args.minLower, characters: lower },
    { used: args.upper, minimum: args.minUpper, characters: lower.toUpperCase() },
    { used: args.numeric, minimum: args.minNumeric, characters: digits },
    { used: args.special, minimum: args.minSpecial, characters: args.overrideSpecial || special },
  ].filter(({ used }) => used);
  const alphabet = kinds.map(({ characters }) => characters).join("");
  const required = kinds.flatMap(({ minimum, characters }) => Array.from({ length: minimum }, () => pick(characters)));
  if (alphabet === "" || required.length > args.length) {
    throw new Error(`no password of ${args.length} characters can be made of what is asked for`);
  }
  const free = Array.from({ length: args.length - required.length }, () => pick(alphabet));
  return { result: shuffled([...required, ...free]).join("") };
}

/** Fisher and Yates, with a random source that can't be guessed. */
function shuffled(characters: readonly string[]): string[] {
  const result = [...characters];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [result[last], result[other]] = [result[other] ?? "", result[last] ?? ""];
  }
  return result;
}
