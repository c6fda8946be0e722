import { posix } from "node:path";
import {
  certificateFiles,
  clusterName,
  etcdHost,
  type Member,
  memberHost,
  memberName,
  nearestFirst,
  paths,
  ports,
  keyOf,
} from "../layout.js";
import { hbaLines, identLines } from "./hba.js";
import { patroniDynamic } from "./patroniDynamic.js";
import { restoreCities } from "./pgbackrest.js";
import { pgbackrestCommand } from "./pgbackrestFiles.js";
import type { Repository } from "./pgbackrestRepository.js";
import { roles } from "./roleNames.js";
import { type DatabaseSettings, streamRate } from "./settings.js";
import { memberParameters, type Parameters } from "./tuning.js";
import { yamlText } from "./yamlText.js";

export interface PatroniLocalOptions {
  /**
   * The repositories of {@link restoreCities}, in their order. Those of other cities are asked only where they take a connection: pgBackRest tries
   * eighteen times, a minute and a half for each file, and a member that starts while a city is off asks for several.
   * @default none: all are asked without
   */
  repositories?: readonly Repository[];
  /**
   * Command that makes a replica where the city's repository has no backup, in the form of Patroni's custom replica
   * methods (it gets `--connstring`, `--datadir`, `--role`, `--scope` and `--max-rate`). It should refuse where the
   * repository cannot be asked: an outage of the repository must not start a copy of everything over the link.
   * @default Patroni's own `basebackup`, at the rate of a stream
   */
  seedCommand?: string;
  /**
   * Command that makes, in a new cluster, what only a superuser can; it gets a connection string.
   * @default "/usr/bin/database bootstrap"
   */
  postInit?: string;
}

const file = (name: string): string => `${paths.certificates}/${name}`;

/** TLS of libpq as a client that has a certificate. */
const clientTls = (certificate: string): Record<string, string> => ({
  sslmode: "verify-full",
  sslrootcert: file(certificateFiles.authority),
  sslcert: file(certificate),
  sslkey: file(keyOf(certificate)),
});

/** The main core member of a city; the others of the city stream from it, so that one stream crosses the link. */
const mainOf = (city: string): string => memberName({ city, set: "core", ordinal: 0 });

/**
 * A tie-break among candidates with the same WAL: cities in their order, and in each its main member before its backup.
 * The first city is far ahead, so that its backup comes before another city.
 */
function failoverPriority({ topology }: DatabaseSettings, { city, ordinal }: Member): number {
  const index = topology.cities.findIndex(({ name }) => name === city);
  if (index <= 0) return 100 - 10 * ordinal;
  return Math.max(1, 60 - 10 * index - 5 * ordinal);
}

/** Tags of a member: whether and how eagerly it becomes primary, whom it follows, and what it serves. */
export function patroniTags(settings: DatabaseSettings, member: Member): Record<string, string | number | boolean> {
  const main = mainOf(member.city);
  const upstream = memberName(member) === main ? {} : { replicatefrom: main };
  return member.set === "core"
    ? { failover_priority: failoverPriority(settings, member), ...upstream, pool: "core" }
    : { nofailover: true, nosync: true, ...upstream, pool: "reporting" };
}

/**
 * Who archives WAL: the reporting main into its city's repository, and whichever core member is primary into its own
 * city's archive of forks. Archiving from the primary to all cities would wait for the slowest.
 */
function archiving({ set, ordinal }: Member): Parameters {
  const mode = set === "core" ? "on" : ordinal === 0 ? "always" : "off";
  const pgbackrest = pgbackrestCommand("archive");
  if (mode !== "always") return { archive_mode: mode, archive_command: `${pgbackrest} archive-push "%p"` };
  // A standby does not mark a segment in the middle of which its timeline has ended, as a new primary does. One at a time: an
  // asynchronous push takes every segment that waits along, and so the very one that archive-wal leaves out.
  return { archive_mode: mode, archive_command: `archive-wal "%p" ${pgbackrest} --no-archive-async archive-push "%p"` };
}

/**
 * How an empty member becomes a replica: from the backup in its own city's repository, which costs the link nothing.
 * A new cluster has no backup; `restore` then fails at once and a copy of the primary, a few megabytes, comes next.
 *
 * With `no_params` Patroni 4.0 also clears the directory when the restore fails, and begins anew in the next round.
 */
function replicaMethods(settings: DatabaseSettings, { seedCommand }: PatroniLocalOptions): object {
  const rate = `${Math.floor(streamRate(settings) / 1024)}k`;
  const seed =
    seedCommand === undefined
      ? { basebackup: { "max-rate": rate, checkpoint: "fast" } }
      : { seed: { command: seedCommand, "max-rate": rate } };
  return {
    create_replica_methods: ["pgbackrest", ...Object.keys(seed)],
    pgbackrest: { command: `${pgbackrestCommand("restore")} --delta restore`, keep_data: true, no_params: true },
    ...seed,
  };
}

/** Order of initdb's options as Patroni takes them: a name, or a name with a value. */
const initdb = [
  { encoding: "UTF8" },
  // Sorted by code point and the same in every release of libc: an index stays valid when the image is updated.
  { "locale-provider": "builtin" },
  { "builtin-locale": "C.UTF-8" },
  { locale: "C.UTF-8" },
  "data-checksums",
];

/**
 * Asks one repository after the other. Asked for all at once, pgBackRest gives a segment only where all have the same bytes, and
 * after the record that ends a segment early a standby may have archived something else than its primary.
 *
 * A member that is promoted asks last whether the number of its timeline is another one's (images/postgres/bin/claim-timeline).
 * PostgreSQL takes a command that is not there, or that was killed, for the order to end: an image before 1.6.10 may meet this configuration.
 */
function restoreCommand(
  settings: DatabaseSettings,
  { city, set }: Member,
  { repositories: known = [] }: PatroniLocalOptions,
): string {
  // Where restore_command has none PostgreSQL takes the one in pg_wal, which is the same: a promotion need not wait for the repository.
  const present = 'case %f in *.history) ! grep -qs "^[0-9]" "pg_wal/%f" || exit 1 ;; esac; ';
  const repositories = restoreCities(settings, city, set).map((_, place) => {
    const ask = `${pgbackrestCommand("restore")} --repo=${place + 1} archive-get %f "%p"`;
    const repository = known[place];
    return place === 0 || repository === undefined ? ask : `{ ${connects(repository)} && ${ask}; }`;
  });
  const guard = `test -x ${beyondTimeline} && ${beyondTimeline} %f && exit 1; `;
  const claim = `{ test -x ${claimTimeline} && ${claimTimeline} %f "%p" || false; }`;
  return guard + (set === "core" ? present + [...repositories, claim].join(" || ") : repositories.join(" || "));
}

/** A shell command that ends well where something listens. Three seconds, a multiple of the longest way between two cities. */
const connects = ({ endpoint, port = 443 }: Repository): string =>
  `timeout 3 bash -c ": </dev/tcp/${endpoint}/${port}" 2>/dev/null`;

const claimTimeline = "/usr/bin/claim-timeline";

/** Keeps WAL from behind a fork out (images/postgres/bin/beyond-timeline). */
const beyondTimeline = "/usr/bin/beyond-timeline";

/** Tells {@link claimTimeline} which run of PostgreSQL is promoted. A code other than 0 would keep the member from leading. */
const prePromote = `sh -c "cp ${paths.data}/postmaster.pid ${posix.dirname(paths.data)}/promotion || true"`;

/**
 * Configuration of one member for Patroni 4.0: `patroni-<pod>.yaml`. It has no secrets.
 *
 * A member's own settings are here; those of the cluster are in etcd and come from {@link patroniDynamic}.
 */
export function patroniLocal(settings: DatabaseSettings, member: Member, options: PatroniLocalOptions = {}): string {
  const { topology } = settings;
  const host = memberHost(topology, member);
  return yamlText({
    scope: clusterName,
    namespace: "/service/",
    name: memberName(member),
    log: { type: "plain", level: "INFO", format: "time=%(asctime)s level=%(levelname)s %(message)s" },
    etcd3: {
      hosts: nearestFirst(topology, member.city).map(({ name }) => `${etcdHost(topology, name)}:${ports.etcdClient}`),
      // Keeps the order: without it Patroni asks etcd for its members and shuffles them.
      use_proxies: true,
      protocol: "https",
      cacert: file(certificateFiles.authority),
      cert: file(certificateFiles.patroni),
      key: file(keyOf(certificateFiles.patroni)),
    },
    restapi: {
      listen: `0.0.0.0:${ports.patroni}`,
      connect_address: `${host}:${ports.patroni}`,
      cafile: file(certificateFiles.authority),
      certfile: file(certificateFiles.server),
      keyfile: file(keyOf(certificateFiles.server)),
      // Probes and load balancers may read; changes need a certificate and an address of ours.
      verify_client: "optional",
      allowlist: ["127.0.0.1/32", ...topology.cities.map(({ pods }) => pods)],
      // The entry points of all cities may check at the same moment; the default is 5.
      request_queue_size: 64,
    },
    ctl: {
      cacert: file(certificateFiles.authority),
      certfile: file(certificateFiles.patroni),
      keyfile: file(keyOf(certificateFiles.patroni)),
    },
    bootstrap: {
      dcs: patroniDynamic(settings),
      initdb,
      post_init: options.postInit ?? "/usr/bin/database bootstrap",
    },
    postgresql: {
      listen: `0.0.0.0:${ports.postgres}`,
      connect_address: `${host}:${ports.postgres}`,
      use_unix_socket: true,
      use_unix_socket_repl: true,
      data_dir: paths.data,
      bin_dir: "/usr/lib/postgresql/17/bin",
      // From the city's main member where the primary is in another city (images/postgres/database/rewind.py).
      bin_name: { pg_rewind: "/usr/bin/rewind" },
      ...(member.set === "core" && { pre_promote: prePromote }),
      pgpass: "/tmp/pgpass",
      authentication: {
        superuser: { username: roles.superuser },
        replication: { username: roles.replicator, ...clientTls(certificateFiles.replicator) },
        rewind: { username: roles.rewinder, ...clientTls(certificateFiles.rewinder) },
      },
      // Copying a volume anew over the link takes days: a person decides.
      remove_data_directory_on_rewind_failure: false,
      remove_data_directory_on_diverged_timelines: false,
      ...replicaMethods(settings, options),
      recovery_conf: { restore_command: restoreCommand(settings, member, options) },
      parameters: { ...memberParameters(settings, member.set, member.city), ...archiving(member) },
      pg_hba: hbaLines(topology),
      pg_ident: identLines(),
    },
    watchdog: { mode: "off" },
    tags: patroniTags(settings, member),
  });
}
