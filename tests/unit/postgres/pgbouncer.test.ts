import {
  pgbouncerConfiguration,
  pgbouncerHba,
  pgbouncerUsers,
} from "../../../components/postgres/configuration/index.js";
import { large, small } from "./settings.js";

test("a pooler takes its route, over TLS on both sides", () => {
  const text = pgbouncerConfiguration(large, "pg-ro");
  expect(text).toContain("nusantara = host=127.0.0.1 port=5002 dbname=nusantara auth_user=pgbouncer\n");
  expect(text).toContain("listen_port = 6433\n");
  expect(text).toContain("client_tls_sslmode = require\n");
  expect(text).toContain("server_tls_sslmode = verify-full\n");
});

test.each([
  ["pg-rw", 18],
  ["pg-ro", 12],
  ["pg-report", 7],
] as const)("%s has at most %i server connections, whatever the number of logins", (entryPoint, pool) => {
  expect(pgbouncerConfiguration(large, entryPoint)).toContain(`max_db_connections = ${pool}\n`);
});

test("verifiers are looked up over a connection that no login can take", () => {
  const text = pgbouncerConfiguration(large, "pg-rw");
  expect(text).toMatch(/^lookup = host=127\.0\.0\.1 .* pool_size=1 max_db_connections=1$/m);
  expect(text).toContain("auth_dbname = lookup\n");
});

test("writes without a primary are refused within the limit", () => {
  expect(pgbouncerConfiguration(small, "pg-rw")).toContain("query_wait_timeout = 5\n");
});

test("the users of the pooler itself can't come from outside, and have no password", () => {
  const [stats, refused] = pgbouncerHba().split("\n");
  expect(stats).toBe("local pgbouncer stats trust");
  expect(refused).toBe("host all stats,pgbouncer all reject");
  expect(pgbouncerUsers()).toBe('"pgbouncer" ""\n"stats" ""\n');
});

test("who reads statistics administers nothing, and neither does anybody else that is named", () => {
  const text = pgbouncerConfiguration(large, "pg-rw");
  expect(text).toContain("stats_users = stats\n");
  expect(text).not.toContain("admin_users");
  // What the exporter's driver sends at login.
  expect(text).toMatch(/^ignore_startup_parameters = .*\bextra_float_digits\b/m);
});
