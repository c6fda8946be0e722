import {
  certificateFiles,
  coreMembers,
  type EntryPoint,
  entryPoints,
  type Member,
  memberHost,
  memberName,
  memberSets,
  membersOf,
  membersPerSet,
  nearestFirst,
  paths,
  ports,
} from "../layout.js";
import { connectionBudget, connectionsPerPooler, lookupConnections } from "./connections.js";
import { type DatabaseSettings, maximumLag, mebibyte } from "./settings.js";

/** Lag in bytes up to which a member may serve `pg-ro`: twice of what a candidate for primary may lack. */
export const readLag = (settings: DatabaseSettings): number => 2 * maximumLag(settings);

/** Lag up to which a member may serve `pg-report`: reports read the past, and their own replay pauses for them. */
export const reportLag = 1024 * mebibyte;

/**
 * The members behind an entry point of a city, in the order of failover: a member is used when all before it are down.
 *
 * - `pg-rw`: all core members; only one is primary (scenario 4).
 * - `pg-ro`: the city's main, its backup (scenario 1), then the other cities, the first city before the others
 *   (scenario 3); there the backup comes first, to spare the main, which is often the primary.
 * - `pg-report`: the city's reporting main and backup, then the other cities' (scenario 3), and a core member only when
 *   no reporting member is left: there a long report is cancelled, as replay waits for readers 10 s and not 15 min.
 */
export function routeOf(settings: DatabaseSettings, city: string, entryPoint: EntryPoint): Member[] {
  if (entryPoint === "pg-rw") return coreMembers(settings.topology);
  const cities = nearestFirst(settings.topology, city).map(({ name }) => name);
  const spareMain = cities.flatMap((name) => membersOf(name, "core").reverse());
  if (entryPoint === "pg-ro") return [...membersOf(city, "core"), ...spareMain.slice(membersPerSet)];
  return [...cities.flatMap((name) => membersOf(name, "reporting")), ...spareMain];
}

/** What a member must answer with 200: it holds the leader's lock, or it serves reads and does not lag too much. */
const checks = (settings: DatabaseSettings): Readonly<Record<EntryPoint, string>> => ({
  // Not /readiness nor /replica: without a quorum the first is 503 on every replica, and the second never knows the
  // primary. Without a leader, /read-only has nothing to compare the lag with and stays 200 (scenario 5).
  "pg-rw": "/primary",
  "pg-ro": `/read-only?lag=${readLag(settings)}`,
  "pg-report": `/read-only?lag=${reportLag}`,
});

const serverLine = (member: Member, rest: string): string => `    server ${memberName(member)} ${rest}`;

/** The check that tells whether a member serves a route: members of core have one for all that reads. */
const checkOf = (entryPoint: EntryPoint, { set }: Member): EntryPoint =>
  entryPoint === "pg-report" && set === "core" ? "pg-ro" : entryPoint;

/**
 * How often members of other cities are asked whether they serve reads. They are the last resort of this city, and each
 * check of each city is a TLS handshake that somebody's Patroni pays for.
 */
const seldom = "inter 5s downinter 5s";

/**
 * Who of a route is up: a backend that carries nothing, and whose servers those of the routes follow.
 *
 * The answer to a GET has a body, which a check does not wait for; Patroni logs each that nobody took.
 */
function checkLines(settings: DatabaseSettings, city: string, check: EntryPoint): string[] {
  const authority = `${paths.certificates}/${certificateFiles.authority}`;
  const members = routeOf(settings, city, check).filter((member) => checkOf(check, member) === check);
  const servers = members.map((member) => {
    const host = memberHost(settings.topology, member);
    const often = check === "pg-rw" || member.city === city;
    return serverLine(
      member,
      `${host}:${ports.patroni} check-sni ${host} verifyhost ${host}${often ? "" : ` ${seldom}`}`,
    );
  });
  return [
    `backend check-${check}`,
    // How long a check waits for an address that is silent; the 4 s of the routes would add up to 14 s until it is down.
    "    timeout connect 2s",
    "    option log-health-checks",
    "    option httpchk",
    `    http-check send meth OPTIONS uri ${checks(settings)[check]}`,
    "    http-check expect status 200",
    `    default-server check check-ssl verify required ca-file ${authority} ${resolution} ` +
      "inter 2s fastinter 1s downinter 2s fall 2 rise 2",
    ...servers,
    "",
  ];
}

/** An abstract socket of the pod's own network namespace. */
const relayAddress = (member: Member): string => `abns@${memberName(member)}`;

/** A route: its sessions are cut as soon as the check says that their member is down. */
function routeLines(settings: DatabaseSettings, city: string, entryPoint: EntryPoint): string[] {
  const servers = routeOf(settings, city, entryPoint).map((member, index) => {
    const backup = entryPoint !== "pg-rw" && index > 0 ? " backup" : "";
    const tracked = `check-${checkOf(entryPoint, member)}/${memberName(member)}`;
    return serverLine(member, `${relayAddress(member)} track ${tracked}${backup}`);
  });
  return [
    `listen ${entryPoint}`,
    `    bind 127.0.0.1:${ports.routes[entryPoint]}`,
    `    maxconn ${connectionBudget(settings).pools[entryPoint] + lookupConnections + slack}`,
    "    option tcplog",
    "    default-server on-marked-down shutdown-sessions",
    ...servers,
    "",
  ];
}

/**
 * The way to a member, behind every route.
 *
 * A session that is still connecting when its server is marked down hangs for good in HAProxy 3.0: nothing is left that
 * would end it, and its client waits. So a route never connects over the network, but to a socket beside it, which
 * answers at once; what connects over the network is here, and ends when the route's session does.
 */
function relayLines(settings: DatabaseSettings, member: Member): string[] {
  return [
    `listen ${memberName(member)}`,
    `    bind ${relayAddress(member)}`,
    "    no log",
    "    option abortonclose",
    `    default-server ${resolution}`,
    serverLine(member, `${memberHost(settings.topology, member)}:${ports.postgres}`),
    "",
  ];
}

const resolution = "resolvers cluster resolve-prefer ipv4 init-addr last,libc,none";

/** All members that a route may lead to. */
const relayed = ({ topology }: DatabaseSettings): Member[] =>
  memberSets.flatMap((set) => topology.cities.flatMap(({ name }) => membersOf(name, set)));

/** Connections of a route beyond the pool behind it: those that are closing while their successors open. */
const slack = 16;

/**
 * `haproxy.cfg` of a city's entry points, for HAProxy 2.6 to 3.x in master-worker mode (`-W`, reload by SIGUSR2).
 *
 * A member is down after two failed checks: within 2 + 1 s where it refuses, within 2 s more for each where its node is
 * silent, 3 s where only Patroni is; for reads from another city, 3 s later.
 * It is up after two good ones. A session to a member that goes down is cut: a demoted primary keeps no client.
 */
export function haproxyConfiguration(settings: DatabaseSettings, city: string): string {
  const sessions = connectionsPerPooler(settings) + entryPoints.length * slack;
  return [
    "global",
    "    log stdout format raw local0 info",
    // Each session counts twice, in its route and on the way to its member; checks and probes need few beside.
    `    maxconn ${2 * sessions + 64}`,
    // By default a thread for each core of the node, whatever the limit of the container.
    "    nbthread 2",
    "    ssl-default-server-options ssl-min-ver TLSv1.2",
    "    ssl-server-verify required",
    // After a reload the old worker checks nobody any more: what it still carries is not cut when a primary is demoted.
    "    hard-stop-after 30s",
    "",
    "resolvers cluster",
    "    parse-resolv-conf",
    "    accepted_payload_size 8192",
    "    resolve_retries 3",
    "    timeout resolve 1s",
    "    timeout retry 1s",
    // A member that starts again has another address.
    "    hold valid 5s",
    "    hold obsolete 5s",
    // While names can't be resolved, the known addresses are tried on: the checks tell who is there.
    ...["nx", "other", "refused", "timeout"].map((status) => `    hold ${status} 1h`),
    "",
    "defaults",
    "    mode tcp",
    "    log global",
    "    option dontlognull",
    "    option redispatch 1",
    "    retries 2",
    "    timeout connect 4s",
    "    timeout check 3s",
    "    timeout queue 5s",
    // A report may say nothing for hours. Keep-alive finds peers that are gone: 10 + 3 * 5 s.
    "    timeout client 24h",
    "    timeout server 24h",
    "    option srvtcpka",
    "    srvtcpka-idle 10s",
    "    srvtcpka-intvl 5s",
    "    srvtcpka-cnt 3",
    // Once one side has closed.
    "    timeout client-fin 10s",
    "    timeout server-fin 10s",
    "",
    ...entryPoints.flatMap((entryPoint) => [
      ...checkLines(settings, city, entryPoint),
      ...routeLines(settings, city, entryPoint),
    ]),
    ...relayed(settings).flatMap((member) => relayLines(settings, member)),
    "frontend metrics",
    `    bind :${ports.haproxyMetrics}`,
    "    mode http",
    "    timeout client 10s",
    "    no log",
    "    monitor-uri /healthz",
    "    http-request use-service prometheus-exporter if { path /metrics }",
    "    http-request return status 404",
    "",
  ].join("\n");
}
