import { restoreRow } from "../../../local/bench/restores.js";

const log = `restores 20261123-083000F and replays WAL until 0/5000060
restored 600.0 MiB in 6.3 s, 95.4 MiB/s; plain copying is 381.5 MiB/s
{
  "bytes": 629145600,
  "copyBytesPerSecond": 400000000,
  "differences": {},
  "ok": true,
  "restoreBytesPerSecond": 100000000
}
`;

test("a restore is compared with the speed of copying on the same disk, by the restore drill's own summary", () => {
  expect(restoreRow(log)).toEqual([
    "restore of 629 MB, of the speed of copying",
    "100 MB/s of 400 MB/s, 25 %",
    "at least 80 %",
  ]);
});

test.each([
  ["no summary", "restores 20261123-083000F"],
  ["a summary without speeds", '{\n  "error": "recovery failed",\n  "ok": false\n}\n'],
])("%s is an error with the log", (_, said) => {
  expect(() => restoreRow(said)).toThrow(said);
});
