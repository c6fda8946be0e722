/** Roles of the cluster itself. Those with a certificate have the certificate's common name. */
export const roles = {
  /** Made by initdb; on the unix socket only. */
  superuser: "postgres",
  /** Made by Patroni, as is the next one. */
  replicator: "replicator",
  rewinder: "rewinder",
  /** Makes the roles of applications: it may make roles and owns the database, but is no superuser. */
  administrator: "administrator",
  /** The exporter beside a member, on the unix socket only. */
  monitor: "monitor",
  /** Asks for verifiers on behalf of the poolers. */
  pgbouncer: "pgbouncer",
  /** Reads rows for the restore drill. */
  verifier: "verifier",
} as const;

/** Everybody who comes through the poolers is a member, directly or not. It may connect and nothing else. */
export const applicationsRole = "applications";

/** The two logins of a group, of which one is in use: a rotation changes the other and hands it out. */
export const loginSlots = ["a", "b"] as const;
export type LoginSlot = (typeof loginSlots)[number];

/** `order` and `a` → `order_a`. */
export const loginName = (group: string, slot: LoginSlot): string => `${group.replaceAll("-", "_")}_${slot}`;
