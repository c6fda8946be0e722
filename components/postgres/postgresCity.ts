import * as pulumi from "@pulumi/pulumi";
import { labels, type Labels, type MeshMode, type Peer } from "../kubernetes/index.js";
import {
  childOptions,
  Namespace,
  registrySecret,
  type Image,
  type Placement,
  type RegistryCredentials,
  type Resources,
} from "../workload/index.js";
import { partOf, type TierArgs } from "./arguments.js";
import { DatabaseCertificates } from "./certificates.js";
import { loginName, type DatabaseSettings } from "./configuration/index.js";
import {
  entryPointFiles,
  etcdOperations,
  memberFiles,
  operationsFiles,
  repositorySecretFile,
  rolesFile,
} from "./files.js";
import { EntryPoints } from "./entryPoints.js";
import { EtcdMember } from "./etcdMember.js";
import { headlessService } from "./headlessService.js";
import { certificateFiles, databaseNamespace, memberService, memberSets, ports } from "./layout.js";
import { postgresLabels, PostgresMembers } from "./memberSet.js";
import { DatabaseOperations } from "./operations.js";
import { databaseQuota, type EntryPointResources } from "./quota.js";
import type { RepositoryCredentials, Repositories } from "./files.js";
import { tierSecret } from "./tierSecret.js";
import { loginOf, type SharedDatabaseSecrets } from "./secrets.js";

/** What each pod of a set gets. */
export interface PodSize {
  resources: Resources;
  /** Size of the volume, as a Kubernetes quantity. */
  volume: string;
}

export interface PostgresCityArgs {
  city: string;
  /** The same in every city. */
  settings: DatabaseSettings;
  images: { postgres: Image; etcd: Image; entryPoints: Image };
  placement: { members: Placement; entryPoints: Placement };
  core: PodSize;
  reporting: PodSize;
  etcd: PodSize;
  entryPoints: EntryPointResources & { replicas: number };
  storageClass: pulumi.Input<string>;
  /** Class of volumes that go with their claims, for restores beside the cluster. */
  scratchStorageClass: pulumi.Input<string>;
  /** Where each city keeps its backups and WAL. */
  repositories: Repositories;
  /** Keys for them, where the pods have no identity of their own in the cloud. */
  repositoryCredentials?: pulumi.Input<RepositoryCredentials> | undefined;
  /**
   * ARN of the IAM role that opens the repositories to the service accounts of {@link repositoryServiceAccounts}, which
   * must be trusted with it. @default none: credentials, or an interface that asks for none
   */
  repositoryRoleArn?: pulumi.Input<string> | undefined;
  /** Certificate of the repositories' authority, where the system does not know it. */
  repositoryAuthorityPem?: string | undefined;
  /** Days that point-in-time recovery reaches back. */
  retentionDays: number;
  /** Who the repositories are to the network. */
  repositoryPeers: readonly Peer[];
  /** Who the Kubernetes API server is to the network. */
  apiServer: Peer;
  shared: pulumi.Input<SharedDatabaseSecrets>;
  /** Namespaces whose pods may use the database. */
  clients: readonly string[];
  /** Roles whose login lies in the Secret `<role>-database`, for people and programs outside the stacks. */
  handedOut: readonly string[];
  certificates: { validityHours: number; earlyRenewalHours: number };
  /** Credentials of a private registry. @default none */
  registryCredentials?: pulumi.Input<RegistryCredentials> | undefined;
  /** Whether the pods are in the cluster's service mesh; their own TLS needs none. @default there is none */
  mesh?: MeshMode | undefined;
  /** Whether the engine refuses to delete what holds data. */
  protect: boolean;
}

/**
 * When a city backs up: the full backups of the cities don't overlap, as all of them read from the same primary. What
 * reads a whole repository comes after its backup, a day of the weekend each.
 */
const schedulesOf = (index: number) => {
  const at = (hour: number): string => `${(index * 30) % 60} ${hour + Math.floor(index * 1.5)} * *`;
  return {
    backup: `${at(1)} *`,
    check: `${(index * 7 + 10) % 60} * * * *`,
    certificateCheck: "0 9 * * *",
    verify: `${at(5)} 0`,
    restoreDrill: `${at(5)} 6`,
  };
};

/**
 * A city's part of the one PostgreSQL cluster that is stretched over all of them: its vote, its members, its entry
 * points, and what looks after them (M7 to M14).
 */
export class PostgresCity extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: PostgresCityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:postgres:PostgresCity", name, {}, opts);
    const { city, settings, images, placement } = args;
    const { topology } = settings;
    const parent = { parent: this };
    const namespace = new Namespace(
      `${name}-namespace`,
      { name: databaseNamespace, city, quota: databaseQuota(args), mesh: args.mesh },
      // Everything else comes after the namespace, and so after whatever this comes after.
      childOptions(this, opts),
    );
    this.namespace = namespace.namespaceName;
    const pullSecret =
      args.registryCredentials &&
      registrySecret(
        `${name}-registry-credentials`,
        { namespace: this.namespace, credentials: args.registryCredentials },
        parent,
      );
    const tier: TierArgs = {
      city,
      topology,
      namespace: this.namespace,
      imagePullSecrets: pullSecret && [pullSecret.metadata.name],
      protect: args.protect,
    };
    const inNamespace = { parent: this, dependsOn: [namespace] };
    // EKS gives pods of a service account with this annotation a token that STS takes (EKS user guide, "IAM roles for
    // service accounts").
    const identity = args.repositoryRoleArn !== undefined && {
      serviceAccountAnnotations: { "eks.amazonaws.com/role-arn": args.repositoryRoleArn },
    };

    const { secretNames, issued } = new DatabaseCertificates(
      `${name}-certificates`,
      { ...tier, authority: pulumi.output(args.shared).authority, ...args.certificates },
      inNamespace,
    );
    const secret = (secretName: string, files: Readonly<Record<string, pulumi.Input<string>>>) =>
      tierSecret(name, tier, { secretName, component: "configuration", files }, parent);
    const conf = "repositories.conf";
    const repositorySecrets = secret("repository-secrets", { [conf]: repositorySecretFile(args, "archive") });
    const restoreSecrets = {
      core: secret("restore-secrets-core", { [conf]: repositorySecretFile(args, "core") }),
      reporting: secret("restore-secrets-reporting", { [conf]: repositorySecretFile(args, "reporting") }),
    };

    for (const role of args.handedOut) {
      const login = pulumi.output(args.shared).apply(({ logins }) => loginOf(logins, role));
      secret(`${role}-database`, {
        username: login.apply(({ active }) => loginName(role, active)),
        password: login.apply(({ active, passwords }) => passwords[active]),
        [certificateFiles.authority]: pulumi.output(args.shared).authority.certificatePem,
      });
    }

    const stateful = { ...tier, storageClass: args.storageClass };
    const etcd = new EtcdMember(
      `${name}-etcd`,
      {
        ...stateful,
        ...args.etcd,
        image: images.etcd,
        toolImage: images.postgres,
        operations: etcdOperations(args),
        placement: placement.members,
        certificates: secretNames["etcd-certificates"],
      },
      inNamespace,
    );
    const membersLabels: Labels = { ...postgresLabels, "app.kubernetes.io/part-of": partOf };
    const service = headlessService(
      `${name}-members`,
      {
        tier,
        labels: labels({ name: memberService, component: "database", partOf, city }),
        service: memberService,
        selector: membersLabels,
        ports: { postgres: ports.postgres, patroni: ports.patroni, pgbackrest: ports.pgbackrest },
      },
      inNamespace,
    );
    const files = { core: memberFiles(args, "core"), reporting: memberFiles(args, "reporting") };
    const members = memberSets.map(
      (set) =>
        new PostgresMembers(
          `${name}-${set}`,
          {
            ...stateful,
            ...args[set],
            set,
            image: images.postgres,
            placement: placement.members,
            certificates: secretNames["postgres-certificates"],
            files: files[set],
            repositorySecrets,
            restoreSecrets: restoreSecrets[set],
            repository: args.repositoryPeers,
            ...identity,
          },
          { parent: this, dependsOn: [namespace, service] },
        ),
    );
    const poolers = new EntryPoints(
      name,
      {
        ...tier,
        image: images.entryPoints,
        placement: placement.entryPoints,
        replicas: args.entryPoints.replicas,
        resources: args.entryPoints,
        certificates: secretNames["entry-point-certificates"],
        files: entryPointFiles(args),
        clients: args.clients,
      },
      inNamespace,
    );
    const roles = rolesFile(args.shared);
    new DatabaseOperations(
      `${name}-operations`,
      {
        ...tier,
        image: images.postgres,
        placement: placement.entryPoints,
        certificates: {
          reconcile: secretNames["reconcile-certificates"],
          backup: secretNames["backup-certificates"],
          restore: secretNames["restore-certificates"],
          issued,
        },
        // Whoever brings the cities up every week has renewed a certificate long before.
        certificateDays: Math.floor(args.certificates.earlyRenewalHours / 48),
        repositorySecrets,
        restoreSecrets: restoreSecrets.reporting,
        rolesSecret: secret("roles", { "roles.sql": roles }),
        files: operationsFiles(args),
        desired: {
          roles,
          // A parameter of a member's own file may need a restart, which nobody else gives it.
          members: JSON.stringify(files),
          ...Object.fromEntries(
            [etcd, ...members].map(({ statefulSet }, index) => [
              `set-${index}`,
              pulumi.jsonStringify(statefulSet.spec.template),
            ]),
          ),
        },
        repository: args.repositoryPeers,
        // What was backed up fits on the volume that it came from, and WAL that is replayed beside it.
        scratch: { size: args.reporting.volume, storageClass: args.scratchStorageClass },
        ...identity,
        apiServer: args.apiServer,
        schedules: schedulesOf(topology.cities.findIndex((each) => each.name === city)),
      },
      { parent: this, dependsOn: [namespace, etcd, ...members, poolers] },
    );
    this.registerOutputs({ namespace: this.namespace });
  }
}
