import {
  clusterParameters,
  connectionBudget,
  memberParameters,
  postgresParameters,
} from "../../../components/postgres/configuration/index.js";
import { large, small } from "./settings.js";

test("a small member of the local platform gets small sizes", () => {
  expect(postgresParameters(small, "core", "jakarta")).toMatchObject({
    max_connections: 49,
    max_parallel_workers_per_gather: 0,
    max_slot_wal_keep_size: "245MB",
    max_wal_size: "102MB",
    min_wal_size: "32MB",
    shared_buffers: "32MB",
    wal_keep_size: "32MB",
    work_mem: "3MB",
  });
});

test("half of a heavy node gets a quarter of its memory as shared buffers", () => {
  expect(postgresParameters(large, "core", "jakarta")).toMatchObject({
    max_connections: 256,
    max_parallel_workers: 32,
    max_slot_wal_keep_size: "61440MB",
    max_wal_size: "1788MB",
    shared_buffers: "8176MB",
    wal_keep_size: "2048MB",
    work_mem: "46MB",
  });
});

test("reporting has fewer and larger queries, and lets them finish", () => {
  expect(memberParameters(large, "reporting", "jakarta")).toMatchObject({
    hot_standby_feedback: "off",
    max_parallel_workers_per_gather: 8,
    max_standby_streaming_delay: "15min",
    work_mem: "146MB",
  });
  expect(memberParameters(large, "core", "jakarta")).toMatchObject({ max_standby_streaming_delay: "10s" });
});

test("what must be equal on all members is in the cluster's part only", () => {
  const shared = Object.keys(clusterParameters(large));
  // CMDLINE_OPTIONS of Patroni 4.0.7 that can be set at all: it ignores them in a member's own file.
  expect(shared).toEqual([
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "track_commit_timestamp",
    "wal_keep_size",
    "wal_level",
    "wal_log_hints",
  ]);
  expect(Object.keys(memberParameters(large, "core", "jakarta"))).not.toEqual(
    expect.arrayContaining([expect.stringMatching(new RegExp(`^(?:${shared.join("|")})$`))]),
  );
});

test("the cluster's part takes the smaller set for memory and the larger one for processes", () => {
  const mixed = { ...large, sets: { core: large.sets.core, reporting: small.sets.reporting } };
  expect(clusterParameters(mixed)).toMatchObject({
    max_connections: 49,
    max_worker_processes: 32,
    wal_keep_size: "32MB",
  });
});

test("the city is a parameter of the member", () => {
  expect(memberParameters(small, "core", "bandung")["nusantara.city"]).toBe("bandung");
});

test("no statement's parameters reach the log", () => {
  expect(memberParameters(small, "core", "jakarta")).toMatchObject({
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    log_statement: "none",
  });
});

test("a given max_connections is divided among the poolers of all cities", () => {
  expect(connectionBudget({ ...small, maxConnections: 133, poolersPerCity: 2 })).toEqual({
    maxConnections: 133,
    pools: { "pg-rw": 8, "pg-ro": 5, "pg-report": 4 },
  });
});

test("every role has a server connection in each pooler, beside the one for lookups", () => {
  const { maxConnections, pools } = connectionBudget({ ...small, applications: 6, poolersPerCity: 1 });
  expect(pools).toEqual({ "pg-rw": 6, "pg-ro": 6, "pg-report": 6 });
  expect(maxConnections).toBe(3 + 10 + 3 * (18 + 3));
});
