import { certificateFiles, databaseName, type EntryPoint, paths, ports, keyOf } from "../layout.js";
import { connectionBudget, lookupConnections } from "./connections.js";
import { iniText } from "./ini.js";
import { roles } from "./roleNames.js";
import type { DatabaseSettings } from "./settings.js";

/** The user that reads statistics for the exporter, on the unix socket only. */
export const statsUser = "stats";

/** Name under which a pooler looks verifiers up: where every connection is taken, a login must still be possible. */
const lookupDatabase = "lookup";

/** Where the two files are that all poolers of a pod share. Neither has a secret. */
export const pgbouncerFiles = {
  hba: `${paths.configuration}/pgbouncer-hba.conf`,
  users: `${paths.configuration}/pgbouncer-users.txt`,
} as const;

/** Directory of the poolers' unix sockets, one for each port. */
export const pgbouncerSockets = "/run/pgbouncer";

/** Clients of a pooler: each costs about 2 KiB, and 2 descriptors a client stay below the usual limit of 1048576. */
const clients = 2000;

/**
 * Seconds that a query waits for a server before its client gets an error. For writes the wait comes after the at most
 * 10 s in which an isolated primary gives up, and both together are within 15 s. Clients have to wait for longer than that:
 * who gives up while being served costs the pooler its connection to the server, and those who are served have waited longest.
 */
export const queryWait: Readonly<Record<EntryPoint, number>> = { "pg-rw": 5, "pg-ro": 10, "pg-report": 30 };

/**
 * Seconds after which a server connection is replaced: readers find their way back to the nearest server. Until then the
 * loss of a distant one is theirs, too.
 */
const serverLifetime: Readonly<Record<EntryPoint, number>> = { "pg-rw": 3600, "pg-ro": 60, "pg-report": 60 };

/**
 * Who may come in, in the format of pg_hba.conf, where the first match decides: over TLS with a SCRAM password, over
 * the unix socket of the pod to read statistics. PgBouncer's own operating system user is administrator there whatever
 * stands here, so the exporter runs as another one.
 */
export const pgbouncerHba = (): string =>
  [
    `local pgbouncer ${statsUser} trust`,
    `host all ${statsUser},${roles.pgbouncer} all reject`,
    `hostssl ${databaseName} all all scram-sha-256`,
    "local all all reject",
    "host all all all reject",
    "",
  ].join("\n");

/** Users that are not looked up in PostgreSQL. They have no password: one is trusted, the other has a certificate. */
export const pgbouncerUsers = (): string => [`"${roles.pgbouncer}" ""`, `"${statsUser}" ""`, ""].join("\n");

/** Configuration of the pooler of an entry point, for PgBouncer 1.24: `<entry point>.ini`. */
export function pgbouncerConfiguration(settings: DatabaseSettings, entryPoint: EntryPoint): string {
  const pool = connectionBudget(settings).pools[entryPoint];
  const certificate = (file: string): string => `${paths.certificates}/${file}`;
  // HAProxy in the same pod. The certificate of every member also names the loopback address.
  const server = `host=127.0.0.1 port=${ports.routes[entryPoint]} dbname=${databaseName} auth_user=${roles.pgbouncer}`;
  return iniText({
    databases: {
      [databaseName]: server,
      // The same, with a limit of its own; clients may not name it.
      [lookupDatabase]: `${server} pool_size=${lookupConnections} max_db_connections=${lookupConnections}`,
    },
    pgbouncer: {
      listen_addr: "0.0.0.0",
      listen_port: ports.poolers[entryPoint],
      unix_socket_dir: pgbouncerSockets,
      pool_mode: "transaction",
      // The verifier, as the server has it: PgBouncer can log in with what the client proved, and keeps no password.
      auth_type: "hba",
      auth_hba_file: pgbouncerFiles.hba,
      auth_file: pgbouncerFiles.users,
      auth_dbname: lookupDatabase,
      // Made at bootstrap; it knows the logins of applications only.
      auth_query: "SELECT login, verifier FROM pooler.lookup($1)",
      stats_users: statsUser,
      client_tls_sslmode: "require",
      client_tls_cert_file: certificate(certificateFiles.server),
      client_tls_key_file: certificate(keyOf(certificateFiles.server)),
      client_tls_protocols: "secure",
      server_tls_sslmode: "verify-full",
      server_tls_ca_file: certificate(certificateFiles.authority),
      server_tls_cert_file: certificate(certificateFiles.pgbouncer),
      server_tls_key_file: certificate(keyOf(certificateFiles.pgbouncer)),
      server_tls_protocols: "secure",
      max_client_conn: clients,
      default_pool_size: pool,
      // Of all logins together: the sum over all poolers fits into max_connections.
      max_db_connections: pool,
      max_prepared_statements: 200,
      // Drivers send them at login; the server's values apply.
      ignore_startup_parameters: "extra_float_digits,search_path",
      query_wait_timeout: queryWait[entryPoint],
      client_login_timeout: 15,
      server_connect_timeout: 5,
      // After a failover the new primary is tried every second, not every 15.
      server_login_retry: 1,
      server_check_delay: 10,
      // A session of the old primary ends as soon as its transaction does.
      server_fast_close: 1,
      server_idle_timeout: 300,
      server_lifetime: serverLifetime[entryPoint],
      tcp_keepalive: 1,
      tcp_keepidle: 10,
      tcp_keepintvl: 5,
      tcp_keepcnt: 3,
      // Milliseconds that sent data may stay unacknowledged.
      tcp_user_timeout: 15000,
      log_connections: 0,
      log_disconnections: 0,
      log_pooler_errors: 1,
      stats_period: 60,
    },
  });
}
