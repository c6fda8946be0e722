import { parseDocument } from "yaml";
import {
  clusterName,
  databaseName,
  databaseNamespace,
  entryPoints,
  etcdPod,
  memberHost,
  memberName,
  membersIn,
  paths,
  podName,
  ports,
  type DatabaseTopology,
  type EntryPoint,
} from "../../components/postgres/layout.js";
import { queryWait } from "../../components/postgres/configuration/pgbouncer.js";
import { lastLines, UserError } from "../errors.js";
import { kubeCache, kubeconfigOf, tool, type Platform } from "../platform.js";
import { run } from "../process.js";
import type { ClientSettings } from "./clients.js";
import { drillLogin, entryPointHost, entryPointPort } from "./contract.js";
import type { Pods } from "./pods.js";

/** Seconds that a command in the tier may take; a switchover waits for its end. */
const commandTimeout = 120;

/**
 * kubectl in the namespace of the data tier.
 * @param options.input what it reads.
 * @param options.seconds that it may take; 120 by default.
 * @throws UserError with the last words of kubectl.
 */
export async function kubectl(
  platform: Platform,
  city: string,
  args: readonly string[],
  { input, seconds = commandTimeout }: { input?: string; seconds?: number | undefined } = {},
) {
  const { exitCode, stdout, stderr } = await run(
    tool(platform, "kubectl"),
    [`--kubeconfig=${kubeconfigOf(platform, city)}`, `--namespace=${databaseNamespace}`, ...args],
    {
      env: { KUBECACHEDIR: kubeCache(platform) },
      timeout: 1000 * seconds,
      ...(input !== undefined && { input }),
    },
  );
  if (exitCode === 0) return stdout;
  const [verb = ""] = args;
  throw new UserError(`kubectl ${verb} in ${city} failed`, "look into what it says", lastLines(stderr, 4));
}

/** A name like `jakarta-core-0` in its parts. @throws Error for a name of another form. */
export function memberNamed(topology: DatabaseTopology, name: string): { city: string; pod: string } {
  for (const { name: city } of topology.cities)
    for (const member of membersIn(city)) if (memberName(member) === name) return { city, pod: podName(member) };
  throw new Error(`"${name}" is no member`);
}

/** patronictl in a pod of core. */
export const patronictl = (platform: Platform, city: string, args: readonly string[]): Promise<string> =>
  kubectl(platform, city, [
    "exec",
    "core-0",
    "--container=postgres",
    "--",
    "patronictl",
    `--config-file=${paths.configuration}/patroni-core-0.yaml`,
    ...args,
  ]);

/** etcdctl in the etcd pod of a city, which it asks unless it is told to ask the cluster. */
export const etcdctl = (platform: Platform, city: string, args: readonly string[]): Promise<string> =>
  kubectl(platform, city, ["exec", etcdPod, "--container=etcd", "--", "etcdctl", ...args]);

/** Number of a city's member of etcd, as text: it has 64 bits, which a number of JavaScript does not hold. */
export async function etcdMemberId(platform: Platform, city: string): Promise<string> {
  const status = await etcdctl(platform, city, ["endpoint", "status", "--write-out=json"]);
  return /"member_id":(\d+)/.exec(status)?.[1] ?? "";
}

/** Settings of Patroni's dynamic configuration by their path, as they are now, in JSON; null for one that is not set. */
export async function configurationOf(platform: Platform, names: readonly string[]): Promise<Record<string, string>> {
  const document = parseDocument(await patronictl(platform, "jakarta", ["show-config", clusterName]));
  return Object.fromEntries(names.map((name) => [name, JSON.stringify(document.getIn(name.split(".")) ?? null)]));
}

/** Changes settings of Patroni's dynamic configuration by their path; null removes one. The next change of an `up` undoes it. */
export async function configure(platform: Platform, settings: Readonly<Record<string, string>>): Promise<void> {
  const options = Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`);
  await patronictl(platform, "jakarta", ["edit-config", clusterName, "--force", "--quiet", ...options]);
}

/**
 * Moves the lead to a member, as planned maintenance does.
 * @throws UserError with Patroni's words when it refuses.
 */
export async function switchover(platform: Platform, city: string, leader: string, candidate: string): Promise<void> {
  const said = await patronictl(platform, city, [
    "switchover",
    clusterName,
    `--leader=${leader}`,
    `--candidate=${candidate}`,
    "--force",
  ]);
  throwRefusal(said, candidate);
}

/**
 * patronictl ends with 0 also where Patroni refuses, and says so in a line. That the status is unknown is no refusal: Patroni has
 * looked for ten seconds only, and goes on; who leads in the end is for the caller to see.
 * @throws UserError with Patroni's line when it refuses.
 */
export function throwRefusal(said: string, candidate: string): void {
  const refusal = /^Switchover failed, details: (.*)$/m.exec(said)?.[1];
  if (refusal === undefined || refusal.includes("Switchover status unknown")) return;
  throw new UserError(`Patroni does not give the lead to ${candidate}`, "mend what it says and run it again", [
    refusal,
  ]);
}

/** Debian's own `psql` is a wrapper that looks for clusters of Debian's kind. */
const psql = "/usr/lib/postgresql/17/bin/psql";

/** SQL in a member as the superuser, through its socket. @returns its output, unaligned. */
export const sqlIn = (
  platform: Platform,
  { city, pod }: { city: string; pod: string },
  text: string,
  database = "postgres",
): Promise<string> =>
  kubectl(
    platform,
    city,
    [
      "exec",
      "--stdin",
      pod,
      "--container=postgres",
      "--",
      psql,
      `--host=${paths.sockets}`,
      "--username=postgres",
      `--dbname=${database}`,
      "--no-psqlrc",
      "--quiet",
      "--tuples-only",
      "--no-align",
      "--set=ON_ERROR_STOP=1",
      "--file=-",
    ],
    { input: text },
  );

/** Seconds that an answer may take after a pooler has found a server: a transaction over a link that is full. */
const answerTime = 5;

interface SecretView {
  data?: Readonly<Record<string, string>>;
}

/** What the client of a city has to be told. @throws UserError when the tier lacks something that clients need. */
export async function clientSettings(
  platform: Platform,
  city: string,
  timeoutMilliseconds: number,
): Promise<ClientSettings> {
  const { secret, keys } = drillLogin;
  const { data = {} } = JSON.parse(
    await kubectl(platform, city, ["get", "secret", secret, "--output=json"]),
  ) as SecretView;
  const value = (key: string): string => {
    const encoded = data[key];
    if (encoded === undefined) throw new UserError(`Secret ${secret} in ${city} has no ${key}`, "make up");
    return Buffer.from(encoded, "base64").toString();
  };
  const addresses = await Promise.all(
    entryPoints.map(async (entry) => {
      const host = await kubectl(platform, city, ["get", "service", entry, "--output=jsonpath={.spec.clusterIP}"]);
      const answerMilliseconds = 1000 * (queryWait[entry] + answerTime);
      return [entry, { host, port: entryPointPort, serverName: entryPointHost(entry), answerMilliseconds }] as const;
    }),
  );
  return {
    city,
    authority: value(keys.authority),
    database: databaseName,
    user: value(keys.user),
    password: value(keys.password),
    entryPoints: Object.fromEntries(addresses) as Record<EntryPoint, (typeof addresses)[number][1]>,
    timeoutMilliseconds,
  };
}

/** Where the members of a city answer for Patroni, as far as their addresses are known. */
export function memberUrls(topology: DatabaseTopology, pods: Pods, city: string) {
  const members = membersIn(city).flatMap((member) => {
    const address = pods.find(city, podName(member))?.address ?? "";
    if (address === "") return [];
    const url = `https://${address}:${ports.patroni}`;
    return [[memberName(member), { url, serverName: memberHost(topology, member) }] as const];
  });
  return Object.fromEntries(members);
}
