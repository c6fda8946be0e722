import {
  certificateFiles,
  clusterName,
  type Member,
  memberHost,
  membersOf,
  type MemberSet,
  nearestFirst,
  paths,
  ports,
  keyOf,
} from "../layout.js";
import { archiveTimeout } from "./fixedParameters.js";
import { iniText, type Section } from "./ini.js";
import { pgbackrestFiles } from "./pgbackrestFiles.js";
import { type Repository, repositoryOptions, repositoryPaths } from "./pgbackrestRepository.js";
import { clamp, type DatabaseSettings, mebibyte } from "./settings.js";
import { storageBudget } from "./storage.js";

const certificate = (file: string): string => `${paths.certificates}/${file}`;

/** The name in the certificate of pgBackRest as client. */
const clientName = "pgbackrest";

/** Processes of a transfer: a quarter of the cores, so that queries keep the rest. */
const processes = (settings: DatabaseSettings, set: MemberSet): number =>
  clamp(Math.floor(settings.sets[set].cpu / 4), 1, 8);

/**
 * Processes of a restore: all cores up to eight, as nobody is served by what is being restored, and at least two: one waits half of its
 * time for the repository and for the disk (docs/database.md).
 */
const restoreProcesses = (settings: DatabaseSettings, set: MemberSet): number =>
  clamp(Math.ceil(settings.sets[set].cpu), 2, 8);

/** What every pgBackRest of ours has. Its log goes to standard error, as those of the other programs do. */
const common: Section = {
  "compress-type": "zst",
  "log-level-console": "off",
  "log-level-file": "off",
  "log-level-stderr": "info",
  "spool-path": paths.spool,
  // A city that dies while it backs up or makes its stanza leaves the locks that it took on members of others: nothing is archived
  // there, and no member can shut down, until the connection ends. That takes 25 s of silence, less than a failover; without these half an hour (protocol-timeout).
  "tcp-keep-alive-idle": 10,
  "tcp-keep-alive-interval": 5,
  "tcp-keep-alive-count": 3,
};

const localMember: Section = { "pg1-path": paths.data, "pg1-socket-path": paths.sockets };

/** Options of members on other hosts, from `pg<first>` on. */
function remoteMembers(settings: DatabaseSettings, members: readonly Member[], first: number): Section {
  const { file, secrets } = pgbackrestFiles.archive;
  return Object.fromEntries(
    members.flatMap((member, place) =>
      Object.entries({
        host: memberHost(settings.topology, member),
        "host-type": "tls",
        "host-port": ports.pgbackrest,
        "host-ca-file": certificate(certificateFiles.authority),
        "host-cert-file": certificate(certificateFiles.pgbackrest),
        "host-key-file": certificate(keyOf(certificateFiles.pgbackrest)),
        "host-config": file,
        "host-config-include-path": secrets,
        path: paths.data,
        "socket-path": paths.sockets,
      }).map(([name, value]) => [`pg${first + place}-${name}`, value] as const),
    ),
  );
}

/** Core members, the nearest first: one of them is the primary that a backup has to ask. */
const coreMembersFrom = ({ topology }: DatabaseSettings, city: string): Member[] =>
  nearestFirst(topology, city).flatMap(({ name }) => membersOf(name, "core"));

/**
 * `pgbackrest.conf` of a set's pods: the TLS server that backups come to, and where PostgreSQL archives.
 *
 * A reporting main is the only writer of its city's backups, a core member writes to the forks' path of its own city.
 * On a core member the stanza is made with `stanza-create --no-online`, which asks no primary.
 */
export function pgbackrestMember(settings: DatabaseSettings, city: string, set: MemberSet, own: Repository): string {
  const { archiveQueue } = storageBudget(settings, settings.sets[set]);
  return iniText({
    global: {
      ...repositoryOptions(own, 1, set === "core" ? repositoryPaths.forks : repositoryPaths.backups),
      ...common,
      ...(set === "core" ? {} : checks),
      "tls-server-address": "0.0.0.0",
      "tls-server-port": ports.pgbackrest,
      "tls-server-ca-file": certificate(certificateFiles.authority),
      "tls-server-cert-file": certificate(certificateFiles.server),
      "tls-server-key-file": certificate(keyOf(certificateFiles.server)),
      "tls-server-auth": `${clientName}=${clusterName}`,
    },
    "global:archive-push": {
      "archive-async": "y",
      // Beyond it WAL is dropped: a gap in the backups is better than a full volume, and pages.
      "archive-push-queue-max": `${Math.floor(archiveQueue / mebibyte)}MiB`,
      "process-max": clamp(Math.floor(processes(settings, set) / 2), 1, 4),
    },
    [clusterName]: {
      ...localMember,
      ...(set === "core" ? {} : remoteMembers(settings, coreMembersFrom(settings, city), 2)),
    },
  });
}

/** Of whatever asks a primary about a standby that archives. */
const checks: Section = {
  // Refuses archive_mode=always by default, as two archivers would spoil a repository; each of ours has one.
  "archive-mode-check": "n",
  "archive-timeout": archiveTimeout,
  "backup-standby": "prefer",
};

/**
 * Configuration of a city's backup jobs, in a pod of their own: `backup`, `check`, `verify`, `expire`, `info`.
 *
 * The first standby in the list is copied: the reporting main, then the city's own core members.
 */
export function pgbackrestBackup(
  settings: DatabaseSettings,
  city: string,
  own: Repository,
  { retentionDays = 14 }: { retentionDays?: number } = {},
): string {
  const [archiver] = membersOf(city, "reporting");
  const members = [...(archiver ? [archiver] : []), ...coreMembersFrom(settings, city)];
  return iniText({
    global: {
      ...repositoryOptions(own, 1, repositoryPaths.backups),
      // A file of its own for each small table would cost more in requests than in bytes.
      "repo1-bundle": "y",
      "repo1-block": "y",
      // Days that can be recovered: the newest full backup that is older stays until then.
      "repo1-retention-full-type": "time",
      "repo1-retention-full": retentionDays,
      ...common,
      ...checks,
      "process-max": processes(settings, "reporting"),
      "start-fast": "y",
    },
    [clusterName]: remoteMembers(settings, members, 1),
  });
}

/**
 * The cities whose repositories a member reads: its own. The archiver also reads the others': what it missed while the
 * city was away it fetches there and archives again, and the city's other members then find it at home.
 *
 * A core member must not wait for another city: a promotion asks the repositories several times.
 */
export const restoreCities = ({ topology }: DatabaseSettings, city: string, set: MemberSet): string[] =>
  set === "core" ? [city] : nearestFirst(topology, city).map(({ name }) => name);

/** Reads what a city's core members archived as primary: for the rescue of a fork's tail, in a pod of operations. */
export const pgbackrestForks = (own: Repository): string =>
  iniText({
    global: { ...repositoryOptions(own, 1, repositoryPaths.forks), ...common },
    [clusterName]: localMember,
  });

/** `pgbackrest-restore.conf`: where WAL and backups are read, in this order. For members and for restore jobs. */
export function pgbackrestRestore(
  settings: DatabaseSettings,
  set: MemberSet,
  repositories: readonly Repository[],
): string {
  return iniText({
    global: {
      ...repositories
        .map((repository, place) => repositoryOptions(repository, place + 1, repositoryPaths.backups))
        .reduce((all, options) => ({ ...all, ...options }), {}),
      ...common,
    },
    "global:archive-get": {
      // One segment at a time: before 2.59 the asynchronous way fails at a switch of the timeline.
      "archive-async": "n",
      // Seconds. A silent repository must not hold up recovery for the default minute.
      "io-timeout": 5,
      // PostgreSQL says itself what it restored; a standby asks for what is not there yet every few seconds.
      "log-level-stderr": "warn",
    },
    "global:restore": {
      "process-max": restoreProcesses(settings, set),
      // Seconds without any progress. A city that is not there is asked six times, which took seven minutes by the default.
      "io-timeout": 15,
    },
    [clusterName]: localMember,
  });
}
