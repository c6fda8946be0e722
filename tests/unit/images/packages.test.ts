import { UserError } from "../../../local/errors.js";
import { drift, formatLock, parseLock, parseStatus, pins } from "../../../images/builder/packages.js";

const status = `Package: zlib1g
Status: install ok installed
Architecture: amd64
Source: zlib (1:1.3.dfsg+really1.3.1-1)
Version: 1:1.3.dfsg+really1.3.1-1+b1
Description: compression library
 Version: 0 is no field, for it is indented

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: libpam0g
Status: install ok installed
Architecture: amd64
Source: pam
Version: 1.7.0-5
`;
const installed = [
  { name: "libpam0g", version: "1.7.0-5", architecture: "amd64", source: "pam" },
  {
    name: "zlib1g",
    version: "1:1.3.dfsg+really1.3.1-1+b1",
    architecture: "amd64",
    source: "zlib@1:1.3.dfsg+really1.3.1-1",
  },
];

describe("installed packages", () => {
  test("are read from dpkg's status by name, without those that are only known", () => {
    expect(parseStatus(status)).toEqual(installed);
    expect(parseStatus("")).toEqual([]);
  });
});

describe("a lock", () => {
  test("survives being written and read", () => {
    expect(drift(parseLock(formatLock(installed), "packages.lock"), installed)).toEqual([]);
  });

  test("that some line of is none is refused with that line", () => {
    expect(() => parseLock("# comment\nlibc6 2.41\n", "images/x/packages.lock")).toThrow(
      new UserError('images/x/packages.lock, line 2: not "name version architecture"', ""),
    );
  });

  test("is compared package by package", () => {
    const lock = parseLock("libpam0g 1.7.0-4 amd64\nold 1 all\n", "packages.lock");
    expect(drift(lock, installed)).toEqual([
      "libpam0g 1.7.0-4 → 1.7.0-5",
      "old 1 is not installed any more",
      "zlib1g 1:1.3.dfsg+really1.3.1-1+b1 is not in the lock",
    ]);
  });

  test("tells apt to prefer its versions", () => {
    expect(pins(parseLock("libc6 2.41-12 amd64", "packages.lock"))).toBe(
      "Package: libc6\nPin: version 2.41-12\nPin-Priority: 1001\n",
    );
    expect(pins(new Map())).toBe("");
  });
});
