/** A city as the data tier knows it. */
export interface DatabaseCity {
  name: string;
  /** Range of the pods, in CIDR notation: who may connect from there. */
  pods: string;
}

/** The cities that one PostgreSQL cluster is stretched over. */
export interface DatabaseTopology {
  /** In the order of first creation; the first one bootstraps the cluster. An odd number, for the quorum of etcd. */
  cities: readonly DatabaseCity[];
  /** Zone of the names between cities, e.g. `nusantara.internal`. */
  privateZone: string;
}

/** A StatefulSet of PostgreSQL pods: `core` may become primary, `reporting` never does (M9). */
export type MemberSet = "core" | "reporting";
export const memberSets: readonly MemberSet[] = ["core", "reporting"];

/** Pods of each set in a city: 0 is the main one, 1 its backup (M8). */
export const membersPerSet = 2;

/** A PostgreSQL pod. */
export interface Member {
  city: string;
  set: MemberSet;
  /** 0 or 1, from the StatefulSet. */
  ordinal: number;
}

/** Service accounts of the pods that reach the repositories of backups: the members, and what backs up and restores. */
export const repositoryServiceAccounts = [
  "core",
  "reporting",
  "backup",
  "backup-check",
  "backup-verify",
  "restore-drill",
  "restore",
] as const;

/** Name of the cluster in etcd, and of the stanza in every repository of backups. */
export const clusterName = "nusantara";
/** The database that applications use. */
export const databaseName = "nusantara";
/** Namespace of the data tier, the same in every city. */
export const databaseNamespace = "databases";

/** TCP ports of the data tier. Those between cities are part of `databasePorts` in stacks/topology.ts. */
export const ports = {
  etcdClient: 2379,
  etcdPeer: 2380,
  etcdMetrics: 2381,
  postgres: 5432,
  patroni: 8008,
  pgbackrest: 8432,
  /** Of the exporter beside each PostgreSQL. */
  postgresMetrics: 9187,
  /** Poolers of the three entry points; their Services listen on 5432. */
  poolers: { "pg-rw": 6432, "pg-ro": 6433, "pg-report": 6434 },
  /** HAProxy behind the poolers, on the loopback address of their pod. */
  routes: { "pg-rw": 5001, "pg-ro": 5002, "pg-report": 5003 },
  haproxyMetrics: 8404,
  /** Of the exporter beside each pooler: from the port on that the Prometheus project's list gives it. */
  poolerMetrics: { "pg-rw": 9127, "pg-ro": 9128, "pg-report": 9129 },
} as const;

/** The entry points, the same names in every city (design, section 7). */
export type EntryPoint = keyof typeof ports.poolers;
export const entryPoints = Object.keys(ports.poolers) as EntryPoint[];

/** Name of the pod in its namespace: `core-0`. */
export const podName = ({ set, ordinal }: Omit<Member, "city">): string => `${set}-${ordinal}`;

/** Name of the member in Patroni, unique over all cities: `jakarta-core-0`. */
export const memberName = (member: Member): string => `${member.city}-${podName(member)}`;

/** Name of the headless Service of all PostgreSQL pods of a city. */
export const memberService = "db";
/** Name of the headless Service of a city's etcd member. */
export const etcdService = "etcd";
/** The one pod of a city's etcd. */
export const etcdPod = "etcd-0";

/** Name of the Deployment whose pod people restore in. */
export const restoreTools = "restore";

/** Name under which a headless Service of a city is published in the private zone: `db.jakarta.nusantara.internal`. */
export const serviceHost = ({ privateZone }: DatabaseTopology, city: string, service: string): string =>
  `${service}.${city}.${privateZone}`;

/** The name by which every city finds a member: `core-0.db.jakarta.nusantara.internal`. */
export const memberHost = (topology: DatabaseTopology, member: Member): string =>
  `${podName(member)}.${serviceHost(topology, member.city, memberService)}`;

/** The name by which every city finds a city's etcd: `etcd-0.etcd.jakarta.nusantara.internal`. */
export const etcdHost = (topology: DatabaseTopology, city: string): string =>
  `${etcdPod}.${serviceHost(topology, city, etcdService)}`;

const ordinals = Array.from({ length: membersPerSet }, (_, ordinal) => ordinal);

/** The pods of one set in one city, main first. */
export const membersOf = (city: string, set: MemberSet): Member[] =>
  ordinals.map((ordinal) => ({ city, set, ordinal }));

/** All pods of PostgreSQL in one city. */
export const membersIn = (city: string): Member[] => memberSets.flatMap((set) => membersOf(city, set));

/** All members that may become primary, in the order of the cities. */
export const coreMembers = ({ cities }: DatabaseTopology): Member[] =>
  cities.flatMap(({ name }) => membersOf(name, "core"));

/** The cities with one of them first: who is nearest is asked first. */
export const nearestFirst = ({ cities }: DatabaseTopology, city: string): DatabaseCity[] => [
  ...cities.filter(({ name }) => name === city),
  ...cities.filter(({ name }) => name !== city),
];

/** Where the parts of a PostgreSQL pod find each other's files. */
export const paths = {
  /** The claim: data, WAL and spool live below it. */
  volume: "/var/lib/postgresql",
  data: "/var/lib/postgresql/data",
  spool: "/var/lib/postgresql/spool",
  /** Unix sockets, shared by the containers of a pod. */
  sockets: "/run/postgresql",
  /** Certificates and keys, from a Secret. */
  certificates: "/run/certificates",
  issuedCertificates: "/run/issued-certificates",
  /** Configuration, from a ConfigMap: a file for each program. */
  configuration: "/etc/database",
  /** Secret parts of pgBackRest's configuration, from a Secret. */
  pgbackrestSecrets: "/etc/pgbackrest/conf.d",
  /** The same for the repositories that a restore reads. */
  restoreSecrets: "/etc/pgbackrest/restore.d",
  /** Volume that is there for a restore beside the cluster, in pods of operations. */
  scratch: "/scratch",
} as const;

/** Names of the certificate files below `paths.certificates`; each key beside it ends in `.key`. */
export const certificateFiles = {
  authority: "ca.crt",
  /** Server of a member: PostgreSQL, Patroni's REST API, pgBackRest. */
  server: "server.crt",
  /** Patroni as client of etcd and of other members' REST API. */
  patroni: "patroni.crt",
  /** PostgreSQL role `replicator`. */
  replicator: "replicator.crt",
  /** PostgreSQL role `rewinder`. */
  rewinder: "rewinder.crt",
  /** pgBackRest as client of other members' servers. */
  pgbackrest: "pgbackrest.crt",
  /** PgBouncer as client of PostgreSQL. */
  pgbouncer: "pgbouncer.crt",
} as const;

/** The key beside a certificate: `server.crt` → `server.key`. */
export const keyOf = (certificateFile: string): string => certificateFile.replace(/\.crt$/, ".key");
