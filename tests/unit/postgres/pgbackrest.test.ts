import {
  defaultTimers,
  pgbackrestBackup,
  pgbackrestCommand,
  pgbackrestForks,
  pgbackrestMember,
  pgbackrestRestore,
  pgbackrestSecrets,
  type Repository,
  restoreCities,
} from "../../../components/postgres/configuration/index.js";
import { large, small } from "./settings.js";

const own: Repository = {
  kind: "s3",
  bucket: "backups-bandung",
  endpoint: "s3.bandung.nusantara.internal",
  region: "bandung",
  uriStyle: "path",
  port: 7480,
  caFile: "/run/certificates/ca.crt",
  credentials: "shared",
};
const amazon: Repository = {
  kind: "s3",
  bucket: "backups",
  endpoint: "s3.ap-southeast-3.amazonaws.com",
  region: "ap-southeast-3",
  credentials: "web-id",
};

/** The values of all `pg<n>-host`, in their order. */
const hosts = (text: string): string[] => [...text.matchAll(/^pg\d+-host = (\S+?)\./gm)].map(([, host = ""]) => host);

test("a core member archives into the forks of its own city, and asks nobody", () => {
  const text = pgbackrestMember(large, "bandung", "core", own);
  expect(text).toContain("repo1-path = /core-wal\n");
  expect(text).not.toContain("archive-mode-check");
  expect(hosts(text)).toEqual([]);
});

test("a reporting member archives into the backups' repository, and asks the nearest core members for the primary", () => {
  const text = pgbackrestMember(large, "bandung", "reporting", own);
  expect(text).toContain("repo1-path = /pg\n");
  expect(text).toContain("archive-mode-check = n\n");
  expect(text.match(/^pg\d+-host = .*$/gm)?.map((line) => line.replace(".nusantara.internal", ""))).toEqual([
    "pg2-host = core-0.db.bandung",
    "pg3-host = core-1.db.bandung",
    "pg4-host = core-0.db.jakarta",
    "pg5-host = core-1.db.jakarta",
    "pg6-host = core-0.db.surabaya",
    "pg7-host = core-1.db.surabaya",
  ]);
});

test("what may wait for the repository follows from the volume", () => {
  expect(pgbackrestMember(large, "bandung", "core", own)).toContain("archive-push-queue-max = 46080MiB\n");
  expect(pgbackrestMember(small, "bandung", "core", own)).toContain("archive-push-queue-max = 184MiB\n");
});

test("only pgBackRest's own certificate may use the server of a member", () => {
  expect(pgbackrestMember(large, "bandung", "core", own)).toContain("tls-server-auth = pgbackrest=nusantara\n");
});

test("a backup job copies the city's reporting main", () => {
  const text = pgbackrestBackup(large, "bandung", own, { retentionDays: 30 });
  expect(hosts(text)).toEqual(["reporting-0", "core-0", "core-1", "core-0", "core-1", "core-0", "core-1"]);
  expect(text).toContain("repo1-retention-full-type = time\nrepo1-retention-full = 30\n");
  expect(text).toContain("backup-standby = prefer\n");
});

test("a restore takes every core up to eight, and never fewer than two processes", () => {
  const processes = (cpu: number): string =>
    /^\[global:restore\]\nprocess-max = (\d+)$/m.exec(
      pgbackrestRestore({ ...large, sets: { ...large.sets, core: { ...large.sets.core, cpu } } }, "core", [own]),
    )?.[1] ?? "";
  expect([0.5, 1, 4, 7.5, 64].map(processes)).toEqual(["2", "2", "4", "8", "8"]);
});

test("a core member restores from its own city only, a reporting member from all, the nearest first", () => {
  expect(restoreCities(large, "bandung", "core")).toEqual(["bandung"]);
  expect(restoreCities(large, "bandung", "reporting")).toEqual(["bandung", "jakarta", "surabaya"]);
  const text = pgbackrestRestore(large, "reporting", [own, amazon]);
  expect(text).toContain("repo1-s3-bucket = backups-bandung\n");
  expect(text).toContain("repo2-s3-bucket = backups\n");
  expect(text).toContain("repo2-s3-key-type = web-id\n");
  expect(text).not.toContain("repo2-storage-port");
});

test("the forks are read from the path that core members write to", () => {
  expect(pgbackrestForks(own)).toContain("repo1-path = /core-wal\n");
});

test("archiving and restoring have a configuration and secrets of their own", () => {
  expect(pgbackrestCommand("archive")).toBe(
    "pgbackrest --config=/etc/database/pgbackrest.conf --config-include-path=/etc/pgbackrest/conf.d --stanza=nusantara",
  );
  expect(pgbackrestCommand("restore")).not.toContain("conf.d ");
});

test("secrets are numbered like their repositories", () => {
  expect(pgbackrestSecrets([{ cipherPass: "one" }, { cipherPass: "two", key: "id", keySecret: "secret" }])).toBe(
    "[global]\nrepo1-cipher-pass = one\nrepo2-cipher-pass = two\nrepo2-s3-key = id\nrepo2-s3-key-secret = secret\n",
  );
});

test.each(["", " x", "x\ny"])("a secret that the format can't hold is refused without showing it: %j", (cipherPass) => {
  expect(() => pgbackrestSecrets([{ cipherPass }])).toThrow(
    "the value of repo1-cipher-pass is empty, has a line break or begins or ends with a space; make a new one",
  );
});

test("a city that dies in the middle of a backup keeps the locks of others' members for less than a failover takes", () => {
  for (const text of [pgbackrestMember(large, "bandung", "core", own), pgbackrestBackup(large, "bandung", own)]) {
    const [idle = 0, interval = 0, count = 0] = ["idle", "interval", "count"].map((name) =>
      Number(new RegExp(`^tcp-keep-alive-${name} = (\\d+)$`, "m").exec(text)?.[1]),
    );
    expect(idle + interval * count).toBeGreaterThanOrEqual(15);
    expect(idle + interval * count).toBeLessThan(defaultTimers.ttl);
  }
});
