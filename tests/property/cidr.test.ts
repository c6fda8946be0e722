import fc from "fast-check";
import { cidrProblem, overlaps } from "../../stacks/cidr.js";

interface Range {
  first: number;
  prefix: number;
}

const size = ({ prefix }: Range): number => 2 ** (32 - prefix);
const address = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
const text = (range: Range): string => `${address(range.first)}/${range.prefix}`;
const addresses = (range: Range): number[] => Array.from({ length: size(range) }, (_, index) => range.first + index);

/** Ranges of at most 256 addresses within 10.0.0.0/22, so that many of them meet. */
const smallRange = fc.tuple(fc.nat({ max: 1023 }), fc.integer({ min: 24, max: 32 })).map(([offset, prefix]): Range => {
  const length = 2 ** (32 - prefix);
  return { first: 0x0a000000 + Math.floor(offset / length) * length, prefix };
});

test("ranges overlap exactly when they have an address in common", () => {
  fc.assert(
    fc.property(smallRange, smallRange, (left, right) => {
      const others = new Set(addresses(right));
      const common = addresses(left).filter((one) => others.has(one));
      expect(overlaps(text(left), text(right))).toBe(common.length > 0);
    }),
    { numRuns: 500 },
  );
});

test("overlapping goes both ways, and every range overlaps itself", () => {
  fc.assert(
    fc.property(smallRange, smallRange, (left, right) => {
      expect(overlaps(text(left), text(right))).toBe(overlaps(text(right), text(left)));
      expect(overlaps(text(left), text(left))).toBe(true);
    }),
  );
});

/** Addresses inside 10.0.0.0/8. */
const privateRange = fc
  .tuple(fc.nat({ max: 2 ** 24 - 1 }), fc.integer({ min: 12, max: 28 }))
  .map(([offset, prefix]): Range => ({ first: 0x0a000000 + offset, prefix }));

test("a range outside the private ones is never accepted", () => {
  const publicRange = fc.integer({ min: 11, max: 99 }).map((octet) => `${octet}.0.0.0/16`);
  fc.assert(
    fc.property(publicRange, (range) => {
      expect(cidrProblem(range)).toMatch(/is no private range/);
    }),
  );
});

test("a private range is accepted exactly when its address has no host bits, else the one that was meant is named", () => {
  fc.assert(
    fc.property(privateRange, (range) => {
      const hostBits = range.first % size(range);
      const problem = cidrProblem(text(range));
      if (hostBits === 0) {
        expect(problem).toBeUndefined();
      } else {
        const meant = text({ ...range, first: range.first - hostBits });
        expect(problem).toContain(`did you mean "${meant}"?`);
        expect(cidrProblem(meant)).toBeUndefined();
      }
    }),
    { numRuns: 500 },
  );
});

test("any other text is refused and shown", () => {
  fc.assert(
    fc.property(
      fc.string().filter((value) => !value.includes("/")),
      (value) => {
        expect(cidrProblem(value)).toContain(`"${value}" is no IPv4 range`);
      },
    ),
  );
});
