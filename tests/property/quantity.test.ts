import fc from "fast-check";
import {
  bytes,
  formatBytes,
  formatMillicores,
  millicores,
  parseQuantity,
  QuantityError,
} from "../../components/kubernetes/quantity.js";

const ascending = ["n", "u", "m", "", "k", "Ki", "M", "Mi", "G", "Gi", "T", "Ti", "P", "Pi", "E", "Ei"];
const suffix = fc.constantFrom(...ascending);

test("millicores that are written and read again are the same", () => {
  fc.assert(
    fc.property(fc.nat(), (value) => {
      expect(millicores(formatMillicores(value))).toBe(value);
    }),
  );
});

test("bytes that are written and read again are never fewer, and at most a mebibyte more", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 50 }), (value) => {
      const read = bytes(formatBytes(value));
      expect(read).toBeGreaterThanOrEqual(value);
      expect(read).toBeLessThan(value + 2 ** 20);
    }),
  );
});

test("whole mebibytes that are written and read again are the same", () => {
  fc.assert(
    fc.property(fc.nat(), (mebibytes) => {
      expect(bytes(formatBytes(mebibytes * 2 ** 20))).toBe(mebibytes * 2 ** 20);
    }),
  );
});

test("a larger number is a larger quantity, whatever the suffix", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 1000 }), suffix, (value, more, unit) => {
      expect(parseQuantity(`${value}${unit}`)).toBeLessThan(parseQuantity(`${value + more}${unit}`));
    }),
  );
});

test("a larger suffix makes a larger quantity of the same number", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.nat({ max: ascending.length - 2 }), (value, index) => {
      const [smaller = "", larger = ""] = ascending.slice(index, index + 2);
      expect(parseQuantity(`${value}${smaller}`)).toBeLessThan(parseQuantity(`${value}${larger}`));
    }),
  );
});

test("a suffix and its exponent say the same", () => {
  const exponents = { k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...Object.entries(exponents)), (value, [unit, exponent]) => {
      expect(parseQuantity(`${value}${unit}`)).toBe(parseQuantity(`${value}e${exponent}`));
    }),
  );
});

test("whole units are never less than the quantity, and less than one more", () => {
  fc.assert(
    fc.property(fc.nat({ max: 10 ** 9 }), fc.constantFrom("n", "u", "m", ""), (value, unit) => {
      const text = `${value}${unit}`;
      const exact = parseQuantity(text) * 1000;
      expect(millicores(text)).toBeGreaterThanOrEqual(exact - 1e-6);
      expect(millicores(text)).toBeLessThan(exact + 1);
    }),
  );
});

test("any text is a finite number or is refused", () => {
  const nearly = fc.stringMatching(/^[-+]?[0-9.]{0,5}[eE]?[-+]?[0-9]{0,4}[numkKMGTPE]?i?$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      let result: unknown;
      try {
        result = parseQuantity(text);
      } catch (error) {
        result = error;
      }
      expect(result instanceof QuantityError || Number.isFinite(result)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
