import { certificateFiles, keyOf, paths } from "../layout.js";

const certificate = (file: string): string => `${paths.certificates}/${file}`;

/**
 * Seconds after which a file of WAL is archived though it is not full. Each forced switch sends a segment to every
 * other city, 16.8 MB even when idle: every 5 minutes is 0.45 Mbps.
 */
export const archiveTimeout = 300;

/** Parameters that do not depend on the size of a member. */
export const fixedParameters = {
  archive_timeout: `${archiveTimeout / 60}min`,
  // Half of the defaults: a fifth of a 500 GB table is too much to leave dead.
  autovacuum_analyze_scale_factor: "0.05",
  autovacuum_vacuum_scale_factor: "0.1",
  // Notices within 10 s that the client of a running query is gone.
  client_connection_check_interval: "10s",
  // Of solid-state storage "hundreds" (PostgreSQL documentation, effective_io_concurrency).
  effective_io_concurrency: 200,
  huge_pages: "try",
  idle_in_transaction_session_timeout: "5min",
  // The image has no LLVM.
  jit: "off",
  log_autovacuum_min_duration: "10s",
  log_checkpoints: "on",
  log_connections: "on",
  // A line is key=value pairs on standard error, as the logs of the other programs are.
  log_destination: "stderr",
  log_line_prefix: "time=%m pid=%p session=%c user=%u database=%d application=%a client=%h state=%e ",
  log_lock_waits: "on",
  // A statement that is slow or fails is logged, what it was given is not.
  log_min_duration_statement: "1s",
  log_parameter_max_length: 0,
  log_parameter_max_length_on_error: 0,
  log_replication_commands: "on",
  // Statements that set passwords must not be repeated in the log.
  log_statement: "none",
  log_temp_files: "64MB",
  log_timezone: "UTC",
  logging_collector: "off",
  password_encryption: "scram-sha-256",
  // "Storage that has a low random read cost relative to sequential" (PostgreSQL documentation, random_page_cost).
  random_page_cost: "1.1",
  shared_preload_libraries: "pg_stat_statements",
  ssl: "on",
  ssl_ca_file: certificate(certificateFiles.authority),
  ssl_cert_file: certificate(certificateFiles.server),
  ssl_key_file: certificate(keyOf(certificateFiles.server)),
  ssl_min_protocol_version: "TLSv1.2",
  synchronous_commit: "on",
  // A silent peer is given up after 10 + 3 * 5 s, before the senders' timeout makes it matter.
  tcp_keepalives_count: 3,
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  timezone: "UTC",
  unix_socket_directories: paths.sockets,
  wal_compression: "zstd",
  // The default of 60 s holds a demoted primary in shutdown, where it serves not even reads.
  wal_receiver_timeout: "15s",
  wal_retrieve_retry_interval: "1s",
  wal_sender_timeout: "15s",
} as const;
