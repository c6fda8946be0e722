import * as pulumi from "@pulumi/pulumi";
import {
  haproxyConfiguration,
  patroniDynamic,
  patroniLocal,
  pgbackrestBackup,
  pgbackrestForks,
  pgbackrestMember,
  pgbackrestRestore,
  pgbackrestSecrets,
  pgbouncerConfiguration,
  pgbouncerHba,
  pgbouncerUsers,
  restoreCities,
  rolesSql,
  verifiersOf,
  yamlText,
  type DatabaseSettings,
  type Repository,
} from "./configuration/index.js";
import {
  certificateFiles,
  clusterName,
  databaseName,
  databaseNamespace,
  entryPoints,
  etcdHost,
  keyOf,
  memberHost,
  memberName,
  membersOf,
  memberSets,
  paths,
  podName,
  type MemberSet,
} from "./layout.js";
import type { SharedDatabaseSecrets } from "./secrets.js";

/** The repository of each city, by its name. */
export type Repositories = Readonly<Record<string, Omit<Repository, "caFile" | "credentials">>>;

/** A key that opens the repositories of all cities. */
export interface RepositoryCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface FilesArgs {
  city: string;
  settings: DatabaseSettings;
  repositories: Repositories;
  repositoryCredentials?: pulumi.Input<RepositoryCredentials> | undefined;
  repositoryAuthorityPem?: string | undefined;
  retentionDays: number;
}

type Files = Readonly<Record<string, string>>;

const authorityFile = "repository-authority.crt";

/** @throws Error for a city without a repository. */
function repositoryOf(args: FilesArgs, city: string): Repository {
  const repository = args.repositories[city];
  if (!repository) throw new Error(`${city} has no repository for its backups; name one for each city`);
  return {
    ...repository,
    ...(args.repositoryAuthorityPem !== undefined && { caFile: `${paths.configuration}/${authorityFile}` }),
    credentials: args.repositoryCredentials === undefined ? "web-id" : "shared",
  };
}

const authorityFiles = ({ repositoryAuthorityPem: pem }: FilesArgs): Files =>
  pem === undefined ? {} : { [authorityFile]: pem };

const restoreFile = (args: FilesArgs, set: MemberSet): string =>
  pgbackrestRestore(args.settings, set, restoreRepositories(args, set));

const restoreRepositories = (args: FilesArgs, set: MemberSet): Repository[] =>
  restoreCities(args.settings, args.city, set).map((city) => repositoryOf(args, city));

/** Seconds that members of a city get to be rolled, one after another, and to catch up. */
export const reconcileSeconds = 1700;

/** What the operations tool of the image is told: who is where, */
const whereabouts = (args: FilesArgs) => ({
  cluster: clusterName,
  database: databaseName,
  namespace: databaseNamespace,
  city: args.city,
  cities: args.settings.topology.cities.map(({ name }) => ({
    name,
    etcd: { host: etcdHost(args.settings.topology, name) },
    members: memberSets.flatMap((set) =>
      membersOf(name, set).map((member) => ({
        name: memberName(member),
        set,
        pod: podName(member),
        host: memberHost(args.settings.topology, member),
      })),
    ),
  })),
});

/** The same for the init container of etcd, whose certificate is the member's own. A change here rolls etcd. */
export const etcdOperations = (args: FilesArgs): string =>
  yamlText({
    ...whereabouts(args),
    tls: {
      patroni: {
        certificate: `${paths.certificates}/${certificateFiles.server}`,
        key: `${paths.certificates}/${keyOf(certificateFiles.server)}`,
      },
    },
  });

/** and what the cluster shall be. */
const operationsSettings = (args: FilesArgs): string =>
  yamlText({
    ...whereabouts(args),
    dynamicConfiguration: patroniDynamic(args.settings),
    // Not the volume itself: it belongs to root, and a directory of PostgreSQL has to belong to its user.
    drill: { directory: `${paths.scratch}/drill` },
    roles: { file: rolesPath },
    timeouts: { reconcile: reconcileSeconds },
  });

/** The ConfigMap of a set's members. */
export const memberFiles = (args: FilesArgs, set: MemberSet): Files => ({
  ...Object.fromEntries(
    membersOf(args.city, set).map((member) => [
      `patroni-${podName(member)}.yaml`,
      patroniLocal(args.settings, member, { repositories: restoreRepositories(args, set) }),
    ]),
  ),
  "pgbackrest.conf": pgbackrestMember(args.settings, args.city, set, repositoryOf(args, args.city)),
  "pgbackrest-restore.conf": restoreFile(args, set),
  "operations.yaml": operationsSettings(args),
  ...authorityFiles(args),
});

/** The ConfigMap of the entry points. */
export const entryPointFiles = ({ settings, city }: FilesArgs): Files => ({
  "haproxy.cfg": haproxyConfiguration(settings, city),
  ...Object.fromEntries(entryPoints.map((entry) => [`${entry}.ini`, pgbouncerConfiguration(settings, entry)])),
  "pgbouncer-hba.conf": pgbouncerHba(),
  "pgbouncer-users.txt": pgbouncerUsers(),
});

/** The ConfigMap of the Jobs that look after a city's database. */
export const operationsFiles = (args: FilesArgs): Files => ({
  "operations.yaml": operationsSettings(args),
  "pgbackrest-forks.conf": pgbackrestForks(repositoryOf(args, args.city)),
  "pgbackrest.conf": pgbackrestBackup(args.settings, args.city, repositoryOf(args, args.city), {
    retentionDays: args.retentionDays,
  }),
  "pgbackrest-restore.conf": restoreFile(args, "reporting"),
  ...authorityFiles(args),
});

/** The secret parts of pgBackRest's configuration: of a city's own repository, or of those that a set restores from. */
export function repositorySecretFile(
  args: FilesArgs & { shared: pulumi.Input<SharedDatabaseSecrets> },
  purpose: "archive" | MemberSet,
): pulumi.Output<string> {
  const count = purpose === "archive" ? 1 : restoreCities(args.settings, args.city, purpose).length;
  return pulumi
    .all([pulumi.output(args.shared).repositoryPassphrase, args.repositoryCredentials])
    .apply(([cipherPass, credentials]) => {
      const key = credentials && { key: credentials.accessKeyId, keySecret: credentials.secretAccessKey };
      return pgbackrestSecrets(Array.from({ length: count }, () => ({ cipherPass, ...key })));
    });
}

/** Where the reconcile Job finds the SQL that makes roles. */
export const rolesDirectory = "/run/roles";
const rolesPath = `${rolesDirectory}/roles.sql`;

/** The groups of roles that share the schema of the reference service. */
const schemaOwner = "migrator";

/** The SQL that makes roles, with verifiers of their passwords. */
export const rolesFile = (shared: pulumi.Input<SharedDatabaseSecrets>): pulumi.Output<string> =>
  pulumi.output(shared).apply(({ logins }) => {
    const services = Object.keys(logins).filter((role) => role !== schemaOwner && role !== drillRole);
    return rolesSql({
      schemas: [
        { schema: "reference", owner: schemaOwner, writers: services, hidden: ["migrations"] },
        ...(drillRole in logins ? [{ schema: "drill", owner: drillRole, writers: [] }] : []),
      ],
      verifiers: verifiersOf(logins),
    });
  });

/** The role of the drills' clients, with a schema of its own. */
const drillRole = "drill";
