import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { pgbackrestBackup } from "../../../components/postgres/configuration/index.js";
import { large } from "../postgres/settings.js";

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

(python ? test : test.skip)("the database tool finds every member in the configuration of backups", () => {
  const program =
    "import json, sys; from database.answering import addresses_in; " +
    "print(json.dumps(list(addresses_in(sys.stdin.read()).values())))";
  const input = pgbackrestBackup(large, "bandung", {
    kind: "s3",
    bucket: "backups",
    endpoint: "s3.ap-southeast-3.amazonaws.com",
    region: "ap-southeast-3",
    credentials: "web-id",
  });
  const { stdout } = spawnSync("python3", ["-B", "-c", program], { cwd: directory, encoding: "utf8", input });
  const domain = "nusantara.internal";
  expect(JSON.parse(stdout)).toEqual(
    [
      `reporting-0.db.bandung.${domain}`,
      ...["bandung", "jakarta", "surabaya"].flatMap((city) => [
        `core-0.db.${city}.${domain}`,
        `core-1.db.${city}.${domain}`,
      ]),
    ].map((host) => [host, 8432]),
  );
});
