import { databaseName, type DatabaseTopology } from "../layout.js";
import { applicationsRole, roles } from "./roleNames.js";

/** Map of pg_ident.conf from the operating system's user of a pod to the roles that the pod itself uses. */
const podMap = "pod";

/** The operating system's user that all containers of a pod run as. */
const podUser = "postgres";

const loopback = ["127.0.0.1/32", "::1/128"];

/**
 * Lines of pg_hba.conf, the same on every member. The first line that matches decides.
 *
 * The superuser and the monitor exist on the unix socket only. Roles of the cluster prove themselves by a certificate whose name is
 * theirs. Applications need a certificate of ours and their password, which only the poolers can give together.
 */
export function hbaLines({ cities }: DatabaseTopology): string[] {
  const addresses = [...loopback, ...cities.map(({ pods }) => pods)];
  const fromPods = (databases: string, who: string, method: string): string[] =>
    addresses.map((address) => `hostssl ${databases} ${who} ${address} ${method}`);
  return [
    `local all ${roles.superuser} peer`,
    `local all ${roles.monitor} peer map=${podMap}`,
    `local replication ${roles.replicator} peer map=${podMap}`,
    ...fromPods("replication", roles.replicator, "cert"),
    // pg_rewind, and Patroni's question whether the new primary has left recovery.
    ...fromPods("postgres", roles.rewinder, "cert"),
    ...fromPods(databaseName, [roles.administrator, roles.pgbouncer, roles.verifier].join(","), "cert"),
    ...fromPods(databaseName, `+${applicationsRole}`, "scram-sha-256 clientcert=verify-ca"),
    "local all all reject",
    "host all all all reject",
    "host replication all all reject",
  ];
}

/** Lines of pg_ident.conf. */
export const identLines = (): string[] =>
  [roles.monitor, roles.replicator].map((role) => `${podMap} ${podUser} ${role}`);
