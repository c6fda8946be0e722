import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nonRootUser, spread, type Peer, scrapedAt } from "../kubernetes/index.js";
import { childOptions, type Image, type Placement } from "../workload/index.js";
import { podsOfAllCities, type TierArgs } from "./arguments.js";
import { pgbouncerSockets, statsUser } from "./configuration/index.js";
import { entryPoints, paths, ports, type EntryPoint } from "./layout.js";
import { podSpec, type ContainerArgs } from "./pod.js";
import { poolerExporter, type EntryPointResources } from "./quota.js";
import { surroundings } from "./surroundings.js";

export interface EntryPointsArgs extends TierArgs {
  image: Image;
  placement: Placement;
  replicas: number;
  resources: EntryPointResources;
  /** Name of the Secret with the certificates. */
  certificates: pulumi.Input<string>;
  /** `haproxy.cfg`, and an `.ini` file for each pooler. */
  files: Readonly<Record<string, string>>;
  /** Namespaces whose pods may use the database. */
  clients: readonly string[];
}

const workload = "entry-points";

/**
 * Where applications find the database, under the same names in every city: `pg-rw` leads to the primary wherever it
 * is, `pg-ro` to this city's core, `pg-report` to its reporting members. A pooler takes the connections; HAProxy behind
 * it knows from Patroni's REST API where to go, and cuts the sessions to a server that lost its role.
 */
export class EntryPoints extends pulumi.ComponentResource {
  readonly deployment: kubernetes.apps.v1.Deployment;

  constructor(name: string, args: EntryPointsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:postgres:EntryPoints", name, {}, opts);
    const children = childOptions(this, opts);
    const around = surroundings(
      name,
      {
        tier: args,
        workload,
        component: "database-proxy",
        replicas: args.replicas,
        callers: entryPoints.flatMap((entry) =>
          args.clients.map((namespace): Peer => ({ namespace, port: ports.poolers[entry] })),
        ),
        callees: podsOfAllCities(args.topology, [ports.postgres, ports.patroni]),
        metricsPorts: [ports.haproxyMetrics, ...entryPoints.map((entry) => ports.poolerMetrics[entry])],
        files: args.files,
      },
      children,
    );
    for (const entry of entryPoints) {
      new kubernetes.core.v1.Service(
        `${name}-${entry}-service`,
        {
          metadata: { ...around.metadata, name: entry },
          spec: {
            selector: { ...around.selector },
            ports: [{ name: "postgres", port: ports.postgres, targetPort: entry, protocol: "TCP" }],
          },
        },
        children,
      );
    }
    this.deployment = new kubernetes.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: around.metadata,
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: { ...around.selector } },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          revisionHistoryLimit: 5,
          template: {
            metadata: { labels: around.metadata.labels, annotations: scrapedAt(ports.haproxyMetrics) },
            spec: podSpec({
              tier: args,
              serviceAccountName: around.serviceAccountName,
              containers: [
                haproxy(args),
                ...entryPoints.map((entry) => pooler(entry, args)),
                ...entryPoints.map((entry) => exporter(entry, args)),
              ],
              mounts: [
                { path: paths.configuration, configMap: around.configMapName },
                { path: paths.certificates, secret: args.certificates },
              ],
              directories: { [pgbouncerSockets]: "1Mi", "/tmp": "16Mi" },
              placement: args.placement,
              spread: spread({ selector: around.selector, hosts: args.placement.hosts ?? "required" }),
              terminationGracePeriodSeconds: 60,
            }),
          },
        },
      },
      { ...children, dependsOn: around.resources },
    );
    this.registerOutputs({});
  }
}

/** Time for every node to learn that the pod takes no new connections. */
const beforeStop = { preStop: { sleep: { seconds: 5 } } };
const sees = [paths.configuration, paths.certificates, "/tmp"];

const haproxy = ({ image, resources }: EntryPointsArgs): ContainerArgs => ({
  name: "haproxy",
  image,
  command: ["/usr/bin/reload-on-change", "--signal", "USR2", paths.configuration, paths.certificates, "--"],
  args: ["/usr/sbin/haproxy", "-W", "-db", "-f", `${paths.configuration}/haproxy.cfg`],
  ports: [{ name: "metrics", containerPort: ports.haproxyMetrics, protocol: "TCP" }],
  resources: resources.haproxy,
  readinessProbe: { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 5, timeoutSeconds: 2 },
  livenessProbe: { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 10, timeoutSeconds: 5 },
  lifecycle: beforeStop,
  sees,
});

const pooler = (entry: EntryPoint, { image, resources }: EntryPointsArgs): ContainerArgs => ({
  name: entry,
  image,
  // To TERM it waits for its pooled clients to leave, which they never do; to INT for their transactions.
  command: ["/usr/bin/reload-on-change", "--stop", "INT", paths.configuration, paths.certificates, "--"],
  args: ["/usr/sbin/pgbouncer", `${paths.configuration}/${entry}.ini`],
  ports: [{ name: entry, containerPort: ports.poolers[entry], protocol: "TCP" }],
  resources: resources.pgbouncer,
  readinessProbe: { tcpSocket: { port: entry }, periodSeconds: 5, timeoutSeconds: 2 },
  livenessProbe: { tcpSocket: { port: entry }, periodSeconds: 20, timeoutSeconds: 5 },
  lifecycle: beforeStop,
  sees: [...sees, pgbouncerSockets],
});

/** PgBouncer takes whoever comes as its own user over the socket as administrator, and the pod's user is that one. */
const exporterUser = nonRootUser + 1;

// The exporter ends where it finds no pooler, and while a container waits to be started again its pod gets no clients.
const exporterOnceThereIsAPooler =
  `trap 'exit 0' TERM; until (: < "/dev/tcp/127.0.0.1/$0") 2> /dev/null; do sleep 1; done; ` +
  'exec /usr/bin/prometheus-pgbouncer-exporter "$@"';

/** The packaged version (0.10) asks one pooler only, so each has an exporter. */
const exporter = (entry: EntryPoint, { image }: EntryPointsArgs): ContainerArgs => ({
  name: `${entry}-exporter`,
  image,
  user: exporterUser,
  command: ["/bin/bash", "-c", exporterOnceThereIsAPooler, `${ports.poolers[entry]}`],
  args: [
    `--web.listen-address=:${ports.poolerMetrics[entry]}`,
    `--pgBouncer.connectionString=user=${statsUser} host=${pgbouncerSockets} port=${ports.poolers[entry]} dbname=pgbouncer`,
    // Processes of another container are not to be seen.
    "--pgBouncer.pid-file=",
  ],
  ports: [{ name: metricsPortName(entry), containerPort: ports.poolerMetrics[entry], protocol: "TCP" }],
  resources: poolerExporter,
  // It may wait for its pooler, for a day at most: ended meanwhile, it would put off the pod's return.
  startupProbe: { tcpSocket: { port: metricsPortName(entry) }, periodSeconds: 5, failureThreshold: 17_280 },
  livenessProbe: { tcpSocket: { port: metricsPortName(entry) }, periodSeconds: 20, timeoutSeconds: 5 },
  sees: [pgbouncerSockets],
});

/** `pg-rw` → `metrics-rw`: a port's name has 15 characters at most. */
const metricsPortName = (entry: EntryPoint): string => entry.replace(/^pg/, "metrics");
