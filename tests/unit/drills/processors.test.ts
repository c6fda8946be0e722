import { parseProcessorTime, stolenBetween } from "../../../local/drills/processors.js";

const stat = (line: string) => parseProcessorTime(`${line}\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n`);

test("the time that the host gave to others, as a share of all time", () => {
  const before = stat("cpu  100 0 50 800 10 0 5 35 0 0");
  const after = stat("cpu  150 0 80 800 10 0 5 155 0 0");
  expect(before).toEqual({ total: 1000, stolen: 35 });
  expect(stolenBetween(before, after)).toBeCloseTo(0.6);
  expect(stolenBetween(before, before)).toBe(0);
});
