import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const directory = resolve(__dirname, "../../../images/postgres");
const python = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).status === 0;
if (!python) process.stderr.write("Left out: the tests of the database tool, for there is no Python 3.11 here.\n");

(python ? test : test.skip)("the database tool of the image passes its own tests", () => {
  const { status, stderr } = spawnSync(
    "python3",
    ["-B", "-m", "unittest", "discover", "-s", "database/tests", "-t", "."],
    { cwd: directory, encoding: "utf8" },
  );
  expect(stderr).toMatch(/^Ran \d{2,} tests/m);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
});
