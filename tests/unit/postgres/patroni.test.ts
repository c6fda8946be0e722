import { execFileSync, spawnSync } from "node:child_process";
import { parse } from "yaml";
import { patroniDynamic, patroniLocal, patroniTags } from "../../../components/postgres/configuration/index.js";
import { type Member, memberName, memberSets, membersOf } from "../../../components/postgres/layout.js";
import { large, small, topology } from "./settings.js";

interface Local {
  name: string;
  etcd3: { hosts: string[] };
  bootstrap: { dcs: unknown; post_init: string };
  postgresql: Record<string, unknown> & { parameters: Record<string, unknown>; create_replica_methods: string[] };
}
const local = (member: Member, options = {}): Local => parse(patroniLocal(small, member, options)) as Local;
const member = (city: string, set: Member["set"], ordinal: number): Member => ({ city, set, ordinal });

test("the defaults of the dynamic configuration bound the loss to 10 s", () => {
  expect(patroniDynamic(large)).toMatchObject({
    ttl: 30,
    loop_wait: 4,
    retry_timeout: 6,
    maximum_lag_on_failover: 33554432,
    failsafe_mode: false,
    primary_start_timeout: 60,
    synchronous_mode: false,
    synchronous_mode_strict: false,
  });
});

test("quorum commit waits for two standbys, of which one is in another city", () => {
  expect(patroniDynamic({ ...large, commit: "quorum" })).toMatchObject({
    synchronous_mode: "quorum",
    synchronous_node_count: 2,
  });
});

test("both kinds of commit set the same keys, so that a patch takes back the other", () => {
  expect(Object.keys(patroniDynamic({ ...large, commit: "quorum" }))).toEqual(Object.keys(patroniDynamic(large)));
});

test.each([
  [10, 32 * 2 ** 20],
  [50, 32 * 2 ** 20],
  [200, 125_000_000],
])("at %i megabits a candidate may lack %i bytes", (linkMegabits, expected) => {
  expect(patroniDynamic({ ...large, linkMegabits }).maximum_lag_on_failover).toBe(expected);
});

test("a member asks its own city's etcd first", () => {
  expect(local(member("bandung", "core", 0)).etcd3.hosts).toEqual([
    "etcd-0.etcd.bandung.nusantara.internal:2379",
    "etcd-0.etcd.jakarta.nusantara.internal:2379",
    "etcd-0.etcd.surabaya.nusantara.internal:2379",
  ]);
});

test("a member's file has its name and its tags", () => {
  const main = member("bandung", "core", 0);
  expect(local(main)).toMatchObject({ name: "bandung-core-0", tags: patroniTags(small, main) });
});

test("who may be promoted asks last whether the number of a timeline is another one's; an older image is not stopped by it", () => {
  const restoreCommand = (set: Member["set"]): string => {
    const { recovery_conf } = local(member("bandung", set, 0)).postgresql;
    return (recovery_conf as { restore_command: string }).restore_command;
  };
  expect(restoreCommand("core")).toMatch(
    / \|\| \{ test -x \/usr\/bin\/claim-timeline && \/usr\/bin\/claim-timeline %f "%p" \|\| false; \}$/,
  );
  expect(restoreCommand("core")).toMatch(
    /^test -x \/usr\/bin\/beyond-timeline && \/usr\/bin\/beyond-timeline %f && exit 1; case %f in \*\.history\) ! grep -qs "\^\[0-9\]" "pg_wal\/%f" \|\| exit 1 ;; esac; /,
  );
  expect(restoreCommand("reporting")).not.toContain("claim-timeline");
});

test("a repository of another city is asked only where it takes a connection", () => {
  const repositories = ["bandung", "jakarta", "surabaya"].map((city, place) => ({
    kind: "s3" as const,
    bucket: city,
    endpoint: "127.0.0.1",
    region: city,
    // Nobody listens on ports that only root may take and no service has.
    port: 1 + place,
    credentials: "shared" as const,
  }));
  const { recovery_conf } = local(member("bandung", "reporting", 0), { repositories }).postgresql;
  const { restore_command: command } = recovery_conf as { restore_command: string };
  const stubbed = command.replaceAll(
    /pgbackrest [^|;&]*--repo=(\d) archive-get %f "%p"/g,
    'sh -c "echo asked $1; exit 1"',
  );
  expect(spawnSync("sh", ["-c", stubbed], { encoding: "utf8" })).toMatchObject({ status: 1, stdout: "asked 1\n" });
  const open = stubbed.replaceAll(/timeout 3 bash -c "[^"]*"/g, "true");
  expect(spawnSync("sh", ["-c", open], { encoding: "utf8" }).stdout).toBe("asked 1\nasked 2\nasked 3\n");
  expect(command).toContain('": </dev/tcp/127.0.0.1/3"');
});

test("each promotion names the run of PostgreSQL, and where it can't be written the member is promoted all the same", () => {
  const { pre_promote: prePromote } = local(member("bandung", "core", 0)).postgresql;
  const script = /^sh -c "([^"]+)"$/.exec(prePromote as string)?.[1] ?? "";
  expect(script).toContain("/var/lib/postgresql/promotion");
  execFileSync("sh", ["-c", script.replaceAll("/var/lib/postgresql/", "/nowhere/")], { stdio: "ignore" });
  expect(local(member("bandung", "reporting", 0)).postgresql).not.toHaveProperty("pre_promote");
});

test("tags: who may lead, and whom a member follows", () => {
  const tags = topology.cities.flatMap(({ name }) =>
    memberSets.flatMap((set) => membersOf(name, set).map((each) => [memberName(each), patroniTags(small, each)])),
  );
  expect(Object.fromEntries(tags)).toEqual({
    "jakarta-core-0": { failover_priority: 100, pool: "core" },
    "jakarta-core-1": { failover_priority: 90, replicatefrom: "jakarta-core-0", pool: "core" },
    "jakarta-reporting-0": { nofailover: true, nosync: true, replicatefrom: "jakarta-core-0", pool: "reporting" },
    "jakarta-reporting-1": { nofailover: true, nosync: true, replicatefrom: "jakarta-core-0", pool: "reporting" },
    "bandung-core-0": { failover_priority: 50, pool: "core" },
    "bandung-core-1": { failover_priority: 45, replicatefrom: "bandung-core-0", pool: "core" },
    "bandung-reporting-0": { nofailover: true, nosync: true, replicatefrom: "bandung-core-0", pool: "reporting" },
    "bandung-reporting-1": { nofailover: true, nosync: true, replicatefrom: "bandung-core-0", pool: "reporting" },
    "surabaya-core-0": { failover_priority: 40, pool: "core" },
    "surabaya-core-1": { failover_priority: 35, replicatefrom: "surabaya-core-0", pool: "core" },
    "surabaya-reporting-0": { nofailover: true, nosync: true, replicatefrom: "surabaya-core-0", pool: "reporting" },
    "surabaya-reporting-1": { nofailover: true, nosync: true, replicatefrom: "surabaya-core-0", pool: "reporting" },
  });
});

test("only the reporting main archives what it receives", () => {
  const modes = memberSets.flatMap((set) =>
    membersOf("jakarta", set).map((each) => local(each).postgresql.parameters.archive_mode),
  );
  expect(modes).toEqual(["on", "on", "always", "off"]);
});

test("a standby looks at each segment before it is archived, and takes no other along", () => {
  const command = (member: Member) => local(member).postgresql.parameters.archive_command;
  const [archiver, primary] = [member("jakarta", "reporting", 0), member("jakarta", "core", 0)].map(command);
  expect(archiver).toMatch(/^archive-wal "%p" pgbackrest .* --no-archive-async archive-push "%p"$/);
  expect(primary).toMatch(/^pgbackrest .* archive-push "%p"$/);
  expect(primary).not.toContain("async");
});

test("the cluster's parameters are in the dynamic configuration, not in the member's file", () => {
  expect(local(member("jakarta", "core", 0)).postgresql.parameters).not.toHaveProperty("max_connections");
  expect(local(member("jakarta", "core", 0)).bootstrap.dcs).toEqual(patroniDynamic(small));
});

test("an empty member restores the city's backup, and copies the primary where there is none", () => {
  const { postgresql } = local(member("bandung", "core", 1));
  expect(postgresql.create_replica_methods).toEqual(["pgbackrest", "basebackup"]);
  expect(postgresql.basebackup).toEqual({ "max-rate": "3051k", checkpoint: "fast" });
  const own = local(member("bandung", "core", 1), { seedCommand: "/usr/bin/seed" }).postgresql;
  expect(own.create_replica_methods).toEqual(["pgbackrest", "seed"]);
  expect(own.seed).toEqual({ command: "/usr/bin/seed", "max-rate": "3051k" });
});

test("readers of YAML 1.1 and 1.2 see the same, and no value is a boolean by accident", () => {
  const text = patroniLocal(small, member("jakarta", "reporting", 0));
  expect(parse(text, { version: "1.1" })).toEqual(parse(text, { version: "1.2" }));
  expect(text).toContain('ssl: "on"');
  expect(text).toContain('mode: "off"');
});

test("there is no password in a member's file", () => {
  const { postgresql } = local(member("jakarta", "core", 0));
  expect(JSON.stringify(postgresql.authentication)).not.toContain("password");
});
