import * as pulumi from "@pulumi/pulumi";
import type { Peer } from "../../../components/kubernetes/index.js";
import {
  databaseName,
  databaseNamespace,
  loginName,
  loginOf,
  ports,
  type EntryPoint,
  type LoginSlot,
  type SharedDatabaseSecrets,
} from "../../../components/postgres/index.js";
import { secretsDirectory, type WorkloadArgs } from "../../../components/workload/index.js";
import { usesDatabase } from "./catalogue.js";

/** How services get into the database. */
export interface DatabaseAccess {
  /** Authority, roles and passwords. */
  shared: pulumi.Input<SharedDatabaseSecrets>;
}

type Access = Required<Pick<WorkloadArgs, "environment" | "secrets">> & { callees: Peer[] };

const authorityFile = "database-authority.crt";
/**
 * Each login has a file of its own: pods that still have the other one read their password anew for every connection, and
 * find what they found before.
 */
const passwordFile = (slot: LoginSlot): string => `database-password-${slot}`;

/** Reads of reports go to databases of their own (M9); all other reads to the nearest core. */
const readsFrom = (workload: string): EntryPoint => (workload === "report" ? "pg-report" : "pg-ro");

/** What a workload needs for the database: addresses and its login. Nothing for one that keeps no records. */
export function databaseAccessOf(workload: string, access: DatabaseAccess | undefined): Access {
  if (!access || !usesDatabase.some((service) => service === workload)) {
    return { environment: {}, secrets: {}, callees: [] };
  }
  return accessAs(workload, access, readsFrom(workload));
}

/** What the migration of the services' schema needs: the login of the schema's owner, and the primary. */
export const migrationAccess = (access: DatabaseAccess): Access => accessAs("migrator", access);

function accessAs(role: string, { shared: input }: DatabaseAccess, reads?: EntryPoint): Access {
  const shared = pulumi.output(input);
  const login = shared.apply(({ logins }) => loginOf(logins, role));
  // The name of a login says nothing but which of two it is.
  const user = pulumi.unsecret(login.apply(({ active }) => loginName(role, active)));
  const url = (entry: EntryPoint): pulumi.Output<string> =>
    pulumi.interpolate`postgres://${user}@${entry}.${databaseNamespace}:${ports.postgres}/${databaseName}?sslmode=verify-full`;
  const used: EntryPoint[] = reads === undefined ? ["pg-rw"] : ["pg-rw", reads];
  return {
    environment: {
      ...(reads !== undefined && { DATABASE_READ_URL: url(reads) }),
      DATABASE_PASSWORD_FILE: pulumi.unsecret(
        login.apply(({ active }) => `${secretsDirectory}/${passwordFile(active)}`),
      ),
      DATABASE_WRITE_URL: url("pg-rw"),
      PGSSLROOTCERT: `${secretsDirectory}/${authorityFile}`,
    },
    secrets: {
      [passwordFile("a")]: login.apply(({ passwords }) => passwords.a),
      [passwordFile("b")]: login.apply(({ passwords }) => passwords.b),
      [authorityFile]: shared.authority.certificatePem,
    },
    // The data tier has TLS of its own, over all cities.
    callees: used.map((entry) => ({ namespace: databaseNamespace, port: ports.poolers[entry], outsideMesh: true })),
  };
}
