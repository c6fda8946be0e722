import fc from "fast-check";
import { randomPassword } from "../../local/values/random.js";

const alphabets = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};
type Kind = keyof typeof alphabets;
const kinds = Object.keys(alphabets) as Kind[];

const minimumOf: Record<Kind, string> = {
  lower: "minLower",
  upper: "minUpper",
  numeric: "minNumeric",
  special: "minSpecial",
};

const used = fc.subarray(kinds, { minLength: 1 });
const minimum = fc.nat({ max: 8 });
const minimums = fc.record({ lower: minimum, upper: minimum, numeric: minimum, special: minimum });

const password = (inputs: object): string => String(randomPassword(inputs).result);
const countIn = (text: string, alphabet: string): number =>
  Array.from(text).filter((character) => alphabet.includes(character)).length;

test("a password is as long as asked for, of the kinds asked for, with as many of each as asked for", () => {
  fc.assert(
    fc.property(used, minimums, fc.integer({ min: 1, max: 64 }), (wanted, least, extra) => {
      const required = wanted.reduce((sum, kind) => sum + least[kind], 0);
      const length = required + extra;
      const result = password({
        length,
        ...Object.fromEntries(kinds.map((kind) => [kind, wanted.includes(kind)])),
        ...Object.fromEntries(wanted.map((kind) => [minimumOf[kind], least[kind]])),
      });
      expect(result).toHaveLength(length);
      expect(countIn(result, wanted.map((kind) => alphabets[kind]).join(""))).toBe(length);
      for (const kind of wanted) expect(countIn(result, alphabets[kind])).toBeGreaterThanOrEqual(least[kind]);
    }),
    { numRuns: 300 },
  );
});

test("its special characters can be chosen; none chosen means the usual ones", () => {
  const none = { lower: false, upper: false, numeric: false };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.constantFrom("_", "-.~", ""), (length, overrideSpecial) => {
      const result = password({ ...none, length, overrideSpecial, minSpecial: 1 });
      expect(countIn(result, overrideSpecial || alphabets.special)).toBe(length);
    }),
  );
});

test("minimums that are more than the length are refused", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (length, more) => {
      expect(() => password({ length, minLower: length, minUpper: more })).toThrow(
        `no password of ${length} characters can be made of what is asked for`,
      );
    }),
  );
});

test("no two passwords of 32 characters are the same, and every character of the alphabet turns up", () => {
  const passwords = Array.from({ length: 500 }, () => password({ length: 32, special: false }));
  expect(new Set(passwords).size).toBe(passwords.length);
  expect(new Set(passwords.join("")).size).toBe(62);
});

test("required characters may stand anywhere: no place always holds the same kind", () => {
  const passwords = Array.from({ length: 200 }, () => password({ length: 4, minNumeric: 1, special: false }));
  for (const place of [0, 1, 2, 3]) {
    const digits = passwords.filter((text) => countIn(text.charAt(place), alphabets.numeric) > 0).length;
    expect(digits).toBeGreaterThan(0);
    expect(digits).toBeLessThan(passwords.length);
  }
});
