import { databaseNamespace, type EntryPoint } from "../../components/postgres/layout.js";

/** Entry points that are read through. */
export type ReadEntry = Exclude<EntryPoint, "pg-rw">;
export const readEntries: readonly ReadEntry[] = ["pg-ro", "pg-report"];

/**
 * What the drills use of the data tier beside components/postgres/layout.ts: a schema `drill` that the group role
 * `drill` owns, and a login in that role, handed out like those of the services.
 */
export const drillLogin = {
  /** Secret in the namespace of the databases. */
  secret: "drill-database",
  /** Keys of the Secret. */
  keys: { user: "username", password: "password", authority: "ca.crt" },
} as const;

/** The name that the certificate of an entry point bears. */
export const entryPointHost = (entry: EntryPoint): string => `${entry}.${databaseNamespace}.svc.cluster.local`;

/** Port of the entry points' Services. */
export const entryPointPort = 5432;
