import { certificateFiles, etcdHost, etcdPod, keyOf, paths, ports } from "../../components/postgres/layout.js";
import { UserError } from "../errors.js";
import type { Drill } from "./drill.js";
import { etcdctl, etcdMemberId, kubectl } from "./tier.js";

/** What drills fill etcd with begins so. */
export const filling = "/drill/";

/** Bytes of the value: beside its key it has to fit into a request, which may have 1.5 MiB. */
const valueBytes = 1_400_000;

/** Times that the value is written at most: more than the quota of the local platform's volumes holds. */
const mostWrites = 400;

/**
 * The value is sent once. Each further write tells etcd to keep it, which makes another copy of it in the database of each
 * member, while the links and the log in the memory of etcd carry no more than the key.
 */
const fill = `
head -c "$1" /dev/zero | tr '\\0' x | etcdctl put "$0"
for _ in $(seq "$2"); do
  etcdctl put --ignore-value "$0" || if etcdctl alarm list | grep NOSPACE; then exit 0; fi
done >/dev/null 2>&1`;

/** What alarms there are, one a line. */
const alarms = (drill: Drill, city: string): Promise<string> => etcdctl(drill.platform, city, ["alarm", "list"]);

/** @throws UserError when there is no such alarm. */
async function requireAlarm(drill: Drill, city: string, alarm: string): Promise<void> {
  const found = await alarms(drill, city);
  if (!found.includes(`alarm:${alarm}`))
    throw new UserError(`etcd has not raised ${alarm}`, `look into the log of etcd in ${city}`, [found]);
}

/** Writes into etcd until its quota is used up. */
export async function fillEtcd(drill: Drill, city: string): Promise<void> {
  drill.onHealing("make room in etcd", () => makeRoomInEtcd(drill, city));
  const command = ["sh", "-c", fill, `${filling}filler`, `${valueBytes}`, `${mostWrites}`];
  // As many writes as there may be to a disk that others use as well.
  await kubectl(drill.platform, city, ["exec", etcdPod, "--container=etcd", "--", ...command], { seconds: 300 });
  await requireAlarm(drill, city, "NOSPACE");
}

/** Does what the runbook does, where it was not followed to its end. */
async function makeRoomInEtcd(drill: Drill, city: string): Promise<void> {
  const { platform } = drill;
  const filled = await etcdctl(platform, city, ["get", "--prefix", "--keys-only", filling]);
  if (`${filled}${await alarms(drill, city)}`.trim() === "") return;
  const deletion = await etcdctl(platform, city, ["del", "--prefix", filling, "--write-out=json"]);
  const revision = /"revision":(\d+)/.exec(deletion)?.[1] ?? "";
  // Refused where it was done before, and nothing was written since.
  await etcdctl(platform, city, ["compaction", "--physical", revision]).catch(() => undefined);
  for (const each of drill.cities) await etcdctl(platform, each, ["defrag", "--command-timeout=60s"]);
  await etcdctl(platform, city, ["alarm", "disarm"]);
}

/** Has etcd believe that the data of a city's member differ, which they do not. */
export async function raiseCorrupt(drill: Drill, city: string): Promise<void> {
  drill.onHealing("take the alarms of etcd back", async () => {
    const [first = ""] = drill.cities.filter((each) => each !== city);
    await etcdctl(drill.platform, first, ["alarm", "disarm"]);
  });
  // etcdctl takes alarms back and raises none.
  const request = { action: "ACTIVATE", memberID: await etcdMemberId(drill.platform, city), alarm: "CORRUPT" };
  const file = (name: string): string => `${paths.certificates}/${name}`;
  await kubectl(drill.platform, city, [
    ...["exec", "core-0", "--container=postgres", "--"],
    ...["curl", "--silent", "--show-error", "--fail", "--max-time", "10"],
    ...["--cacert", file(certificateFiles.authority)],
    ...["--cert", file(certificateFiles.patroni), "--key", file(keyOf(certificateFiles.patroni))],
    ...["--data", JSON.stringify(request)],
    `https://${etcdHost(drill.topology, city)}:${ports.etcdClient}/v3/maintenance/alarm`,
  ]);
  await requireAlarm(drill, city, "CORRUPT");
}
