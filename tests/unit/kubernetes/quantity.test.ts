import {
  bytes,
  formatBytes,
  formatMillicores,
  millicores,
  parseQuantity,
  QuantityError,
} from "../../../components/kubernetes/quantity.js";

describe("a quantity is read as Kubernetes reads it", () => {
  test.each([
    ["0", 0],
    ["2", 2],
    ["+2", 2],
    ["-1.5", -1.5],
    [".5", 0.5],
    ["2.", 2],
    ["500m", 0.5],
    ["250u", 0.00025],
    ["7n", 7e-9],
    ["1k", 1000],
    ["3M", 3e6],
    ["50G", 50e9],
    ["1T", 1e12],
    ["1P", 1e15],
    ["2E", 2e18],
    ["1Ki", 1024],
    ["256Mi", 268_435_456],
    ["1.5Gi", 1_610_612_736],
    ["1Ti", 2 ** 40],
    ["1Pi", 2 ** 50],
    ["1Ei", 2 ** 60],
    ["12e6", 12e6],
    ["5E-1", 0.5],
    ["1e+3", 1000],
  ])("%s", (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 12);
  });

  test.each([
    "",
    " ",
    "one",
    "1 Gi",
    "1GB",
    "1K",
    "1ki",
    "1mi",
    "i",
    "Mi",
    ".",
    "--1",
    "1e",
    "1e5Mi",
    "0x10",
    "1,5",
    "NaN",
    "1e999",
  ])("%j is refused with examples of what to write", (text) => {
    expect(() => parseQuantity(text)).toThrow(QuantityError);
    expect(() => parseQuantity(text)).toThrow(`"${text}" is not a Kubernetes quantity; write for example "500m"`);
  });
});

describe("whole units", () => {
  test.each([
    ["2", 2000],
    ["500m", 500],
    ["0.1", 100],
    ["1.001", 1001],
    ["0.29", 290],
    ["100u", 1],
    ["1500001u", 1501],
  ])("%s of CPU is %d millicores, rounded up as the scheduler does", (text, value) => {
    expect(millicores(text)).toBe(value);
  });

  test.each([
    ["1Gi", 1_073_741_824],
    ["0.5Ki", 512],
    ["1500m", 2],
  ])("%s is %d bytes, rounded up", (text, value) => {
    expect(bytes(text)).toBe(value);
  });

  test.each([
    [2000, "2"],
    [1500, "1500m"],
    [1, "1m"],
  ])("%d millicores are written %s", (value, text) => {
    expect(formatMillicores(value)).toBe(text);
  });

  test.each([
    [2 ** 30, "1Gi"],
    [3 * 2 ** 29, "1536Mi"],
    [2 ** 20 + 1, "2Mi"],
    [1, "1Mi"],
    [2 ** 40, "1024Gi"],
  ])("%d bytes are written %s, never less than they are", (value, text) => {
    expect(formatBytes(value)).toBe(text);
  });
});
