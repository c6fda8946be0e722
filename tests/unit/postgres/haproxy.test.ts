import { haproxyConfiguration, routeOf } from "../../../components/postgres/configuration/index.js";
import { type EntryPoint, memberName } from "../../../components/postgres/layout.js";
import { large } from "./settings.js";

const order = (city: string, entryPoint: EntryPoint): string[] => routeOf(large, city, entryPoint).map(memberName);

/** Lines of a section, without their indentation. */
function section(city: string, name: string): string[] {
  const [, body = ""] = haproxyConfiguration(large, city).split(`\n${name}\n`);
  return (body.split("\n\n")[0] ?? "").split("\n").map((line) => line.trim());
}
const servers = (city: string, entryPoint: EntryPoint): string[] =>
  section(city, `listen ${entryPoint}`).filter((line) => line.startsWith("server "));

test("pg-rw finds the primary wherever it is, and is the same in every city", () => {
  const members = ["jakarta", "bandung", "surabaya"].flatMap((city) => [`${city}-core-0`, `${city}-core-1`]);
  expect(order("jakarta", "pg-rw")).toEqual(members);
  expect(order("surabaya", "pg-rw")).toEqual(members);
  expect(section("bandung", "backend check-pg-rw")).toContain("http-check send meth OPTIONS uri /primary");
  expect(servers("bandung", "pg-rw").filter((line) => line.endsWith(" backup"))).toEqual([]);
});

test("pg-ro of a branch: its main, its backup, the first city, the other branch", () => {
  expect(order("surabaya", "pg-ro")).toEqual([
    "surabaya-core-0",
    "surabaya-core-1",
    "jakarta-core-1",
    "jakarta-core-0",
    "bandung-core-1",
    "bandung-core-0",
  ]);
});

test("pg-report keeps to reporting members as long as there is one", () => {
  expect(order("bandung", "pg-report")).toEqual([
    "bandung-reporting-0",
    "bandung-reporting-1",
    "jakarta-reporting-0",
    "jakarta-reporting-1",
    "surabaya-reporting-0",
    "surabaya-reporting-1",
    "bandung-core-1",
    "bandung-core-0",
    "jakarta-core-1",
    "jakarta-core-0",
    "surabaya-core-1",
    "surabaya-core-0",
  ]);
});

test.each(["pg-ro", "pg-report"] as const)(
  "all but the first server of %s wait for those before them",
  (entryPoint) => {
    const [first, ...others] = servers("jakarta", entryPoint);
    expect(first).not.toMatch(/ backup$/);
    expect(others.every((line) => line.endsWith(" backup"))).toBe(true);
  },
);

test("reads are checked in a way that holds without a quorum", () => {
  const text = haproxyConfiguration(large, "jakarta");
  expect(text).toContain("uri /read-only?lag=67108864\n");
  expect(text).not.toMatch(/uri \/(?:readiness|replica)/);
});

test("members of core are asked once for all reads, and those of other cities less often than a city's own", () => {
  expect(servers("jakarta", "pg-report").at(-1)).toContain("track check-pg-ro/surabaya-core-0 backup");
  const asked = section("jakarta", "backend check-pg-report").filter((line) => line.startsWith("server "));
  expect(asked.map((line) => /server (\S+)/.exec(line)?.[1])).toEqual([
    "jakarta-reporting-0",
    "jakarta-reporting-1",
    "bandung-reporting-0",
    "bandung-reporting-1",
    "surabaya-reporting-0",
    "surabaya-reporting-1",
  ]);
  expect(asked.map((line) => line.endsWith(" inter 5s downinter 5s"))).toEqual([false, false, true, true, true, true]);
  expect(section("jakarta", "backend check-pg-rw").join("\n")).not.toContain("inter 5s");
});

test("sessions to a member that lost its role are cut, and each check verifies whom it asks", () => {
  const host = "core-0.db.jakarta.nusantara.internal";
  expect(section("jakarta", "listen pg-rw")).toContain("default-server on-marked-down shutdown-sessions");
  expect(servers("jakarta", "pg-rw")[0]).toBe(
    "server jakarta-core-0 abns@jakarta-core-0 track check-pg-rw/jakarta-core-0",
  );
  const check = section("jakarta", "backend check-pg-rw");
  expect(check).toContain(`server jakarta-core-0 ${host}:8008 check-sni ${host} verifyhost ${host}`);
  expect(check.join("\n")).toContain("check-ssl verify required ca-file /run/certificates/ca.crt");
});

test("a session that is cut while it connects to a member ends: what connects over the network is never cut itself", () => {
  const relay = section("jakarta", "listen jakarta-core-0");
  expect(relay).toContain("server jakarta-core-0 core-0.db.jakarta.nusantara.internal:5432");
  expect(relay).toContain("option abortonclose");
  expect(relay.join("\n")).not.toContain("on-marked-down");
  expect(servers("jakarta", "pg-rw").every((line) => line.includes(" abns@"))).toBe(true);
});

test("routes listen on the loopback address, metrics and health on all", () => {
  const binds = haproxyConfiguration(large, "jakarta")
    .match(/bind \S+/g)
    ?.filter((bind) => !bind.startsWith("bind abns@"));
  expect(binds).toEqual(["bind 127.0.0.1:5001", "bind 127.0.0.1:5002", "bind 127.0.0.1:5003", "bind :8404"]);
  expect(section("jakarta", "frontend metrics")).toContain("monitor-uri /healthz");
});
