import { certificateFiles, clusterName, type DatabaseTopology, etcdHost, paths, ports, keyOf } from "../layout.js";
import { mebibyte } from "./settings.js";
import { yamlText } from "./yamlText.js";

export interface EtcdArgs {
  topology: DatabaseTopology;
  /** The city of the member. */
  city: string;
  /**
   * `new` for the first start of all members together, `existing` for a member that joins again. A member with data
   * ignores it.
   * @default "new"
   */
  initialClusterState?: "new" | "existing";
  /** Where the member keeps its data. @default {@link etcdDataDirectory} */
  dataDirectory?: string;
  /** Size of the volume in bytes; the database may have half of what WAL leaves. @default a volume that does not limit it */
  volume?: number;
}

/** Where an etcd member keeps its data: below the mount point of its claim. */
export const etcdDataDirectory = "/var/lib/etcd/data";

/** Patroni stores kilobytes, and the documented default of 2 GiB is far from any disk's end. */
const mostQuota = 2048 * mebibyte;

/** etcd refuses writes beyond its quota, and each change counts until the hourly compaction: kilobytes every second. */
const leastQuota = 64 * mebibyte;

/** Five WAL files are kept (`--max-wals`) and the next is there in advance, of 64 MiB each (etcd, wal.SegmentSizeBytes). */
const wal = 6 * 64 * mebibyte;

/** Bytes that the database of a member may have: beside WAL, a snapshot that comes in is a second copy of it. */
const quotaOf = (volume: number): number => Math.min(mostQuota, Math.floor((volume - wal) / 2));

/** The least volume of a member in bytes. */
export const leastEtcdVolume = wal + 2 * leastQuota;

/**
 * Timers of every member in milliseconds, etcd's defaults: a heartbeat should be about the longest round trip between members and an
 * election at least ten of them (etcd documentation, "Tuning"), so they hold for cities that are up to 100 ms apart. Those of
 * Java are planned with 5 to 20. Two elections in a row are shorter than the least `retryTimeout` (3 s), so that none stops a primary.
 */
const timers = { heartbeat: 100, election: 1000 } as const;

/** Configuration of a city's member for `etcd --config-file` of version 3.6. */
export function etcdConfiguration(args: EtcdArgs): string {
  const { topology, city, initialClusterState = "new", dataDirectory = etcdDataDirectory, volume = Infinity } = args;
  const peer = (name: string): string => `https://${etcdHost(topology, name)}:${ports.etcdPeer}`;
  const security = {
    "cert-file": `${paths.certificates}/${certificateFiles.server}`,
    "key-file": `${paths.certificates}/${keyOf(certificateFiles.server)}`,
    // Demands client certificates by itself. With client-cert-auth beside it, etcd logs a warning for every request
    // through the gateway that Patroni uses.
    "trusted-ca-file": `${paths.certificates}/${certificateFiles.authority}`,
  };
  return yamlText({
    name: city,
    "data-dir": dataDirectory,
    "listen-client-urls": `https://0.0.0.0:${ports.etcdClient}`,
    "advertise-client-urls": `https://${etcdHost(topology, city)}:${ports.etcdClient}`,
    "listen-peer-urls": `https://0.0.0.0:${ports.etcdPeer}`,
    "initial-advertise-peer-urls": peer(city),
    "initial-cluster": topology.cities.map(({ name }) => `${name}=${peer(name)}`).join(","),
    "initial-cluster-state": initialClusterState,
    "initial-cluster-token": clusterName,
    "strict-reconfig-check": true,
    // For probes and metrics without a client certificate.
    "listen-metrics-urls": `http://0.0.0.0:${ports.etcdMetrics}`,
    "client-transport-security": security,
    "peer-transport-security": security,
    "tls-min-version": "TLS1.2",
    "heartbeat-interval": timers.heartbeat,
    "election-timeout": timers.election,
    // A member that was cut off does not disturb the leader when it returns.
    "pre-vote": true,
    // Off by default, while Patroni rewrites the same keys every few seconds.
    "auto-compaction-mode": "periodic",
    "auto-compaction-retention": "1h",
    "quota-backend-bytes": quotaOf(volume),
    "snapshot-count": 10000,
    // Patroni speaks through it.
    "enable-grpc-gateway": true,
    // Compares the data with the other members' before serving: a damaged volume is found at the start.
    "feature-gates": "InitialCorruptCheck=true",
    logger: "zap",
    "log-format": "json",
    "log-level": "info",
    "log-outputs": ["stderr"],
  });
}
