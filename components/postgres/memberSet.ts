import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { exclusiveHosts, bytes, formatBytes, type Labels, type Peer, scrapedAt } from "../kubernetes/index.js";
import { childOptions } from "../workload/index.js";
import { podsOfAllCities, tierOfAllCities, type StatefulArgs } from "./arguments.js";
import {
  etcdHost,
  memberService,
  membersPerSet,
  nearestFirst,
  paths,
  podName,
  ports,
  type MemberSet,
} from "./layout.js";
import { claimTemplate, podSpec, retainClaims, type ContainerArgs } from "./pod.js";
import { sidecar } from "./quota.js";
import { surroundings } from "./surroundings.js";

export interface PostgresMembersArgs extends StatefulArgs {
  set: MemberSet;
  /** Files of the members' ConfigMap by name. */
  files: Readonly<Record<string, string>>;
  /** Name of the Secret with the secret parts of pgBackRest's configuration. */
  repositorySecrets: pulumi.Input<string>;
  /** The same for the repositories that a member restores from. */
  restoreSecrets: pulumi.Input<string>;
  /** The S3 interface of the cities' repositories. */
  repository: readonly Peer[];
  /** Annotations of the ServiceAccount, which stands for the right to the repositories. @default none */
  serviceAccountAnnotations?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** Labels that all PostgreSQL pods carry (M10). */
export const postgresLabels: Labels = { app: "postgres" };

/**
 * The PostgreSQL pods of one kind in a city: main and backup of the core, or of reporting (M8). Patroni runs them;
 * Kubernetes only keeps them where they are. Nobody restarts one of them but the reconcile Job, one at a time.
 */
export class PostgresMembers extends pulumi.ComponentResource {
  readonly statefulSet: kubernetes.apps.v1.StatefulSet;

  constructor(name: string, args: PostgresMembersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:postgres:PostgresMembers", name, {}, opts);
    const children = childOptions(this, opts);
    const { set, topology } = args;
    const between = [ports.postgres, ports.patroni, ports.pgbackrest];
    const around = surroundings(
      name,
      {
        tier: args,
        workload: set,
        component: "database",
        labels: { ...postgresLabels, "nusantara.io/member-set": set },
        replicas: membersPerSet,
        // Nor does its budget allow anything before: see the set.
        awaited: false,
        callers: tierOfAllCities(args, between),
        callees: [...podsOfAllCities(topology, [...between, ports.etcdClient]), ...args.repository],
        metricsPorts: [ports.postgresMetrics, ports.patroni],
        files: args.files,
        serviceAccountAnnotations: args.serviceAccountAnnotations,
      },
      children,
    );
    this.statefulSet = new kubernetes.apps.v1.StatefulSet(
      `${name}-stateful-set`,
      {
        metadata: {
          ...around.metadata,
          // Members without a quorum are not ready, and the first city has none until a second one comes.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          serviceName: memberService,
          replicas: membersPerSet,
          podManagementPolicy: "Parallel",
          updateStrategy: { type: "OnDelete" },
          persistentVolumeClaimRetentionPolicy: retainClaims,
          selector: { matchLabels: { ...around.selector } },
          template: {
            metadata: { labels: around.metadata.labels, annotations: scrapedAt(ports.postgresMetrics) },
            spec: podSpec({
              tier: args,
              serviceAccountName: around.serviceAccountName,
              containers: containersOf(args),
              mounts: [
                { path: paths.configuration, configMap: around.configMapName },
                { path: paths.certificates, secret: args.certificates },
                { path: paths.pgbackrestSecrets, secret: args.repositorySecrets },
                { path: paths.restoreSecrets, secret: args.restoreSecrets },
              ],
              directories: { [paths.sockets]: "1Mi", "/tmp": "256Mi", "/dev/shm": `memory:${sharedMemory(args)}` },
              claim: paths.volume,
              placement: args.placement,
              // Two database nodes must hold the four members of a branch, so the two sets may share one.
              spread: exclusiveHosts({
                selector: { ...postgresLabels, ...around.selector },
                apartFrom: postgresLabels,
              }),
              // A checkpoint of a busy primary takes its time; killed, it would recover for longer.
              terminationGracePeriodSeconds: 120,
            }),
          },
          volumeClaimTemplates: [claimTemplate(args.storageClass, args.volume, around.selector)],
        },
      },
      { ...children, protect: args.protect, dependsOn: around.resources },
    );
    this.registerOutputs({});
  }
}

/** Parallel queries share memory through files here; a runtime gives 64 MiB, too little for large nodes. */
const sharedMemory = ({ resources }: PostgresMembersArgs): string => formatBytes(bytes(resources.limits.memory) / 4);

const health = (path: string) => ({ httpGet: { path, port: "patroni", scheme: "HTTPS" } });

function containersOf(args: PostgresMembersArgs): ContainerArgs[] {
  const { set, topology, city } = args;
  const everything = [
    paths.volume,
    paths.sockets,
    "/tmp",
    paths.configuration,
    paths.certificates,
    paths.pgbackrestSecrets,
    paths.restoreSecrets,
  ];
  const env = [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }];
  const bootstraps = set === "core" && topology.cities[0]?.name === city;
  const endpoints = nearestFirst(topology, city).map(
    ({ name }) => `https://${etcdHost(topology, name)}:${ports.etcdClient}`,
  );
  return [
    {
      name: "postgres",
      image: args.image,
      command: ["/usr/bin/start-postgres"],
      env: [
        ...env,
        { name: "MEMBER_NAME", value: `${city}-$(POD_NAME)` },
        // For people who look after the cluster from inside the pod.
        { name: "PATRONICTL_CONFIG_FILE", value: `${paths.configuration}/patroni-$(POD_NAME).yaml` },
        { name: "ETCD_ENDPOINTS", value: endpoints.join(",") },
        ...(bootstraps ? [{ name: "BOOTSTRAP_POD", value: podName({ set, ordinal: 0 }) }] : []),
      ],
      ports: [
        { name: "postgres", containerPort: ports.postgres, protocol: "TCP" },
        { name: "patroni", containerPort: ports.patroni, protocol: "TCP" },
      ],
      resources: args.resources,
      // Patroni answers once it reached a quorum of etcd, and a city may have to wait for that for a day.
      startupProbe: { ...health("/liveness"), periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 17_280 },
      readinessProbe: { ...health("/health"), periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 },
      // Twice `ttl`: who does not answer has lost the lead long before, and a restart on a machine that has too much to do
      // only adds to it.
      livenessProbe: { ...health("/liveness"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
      sees: [...everything, "/dev/shm"],
    },
    {
      name: "pgbackrest",
      image: args.image,
      command: ["/usr/bin/start-pgbackrest"],
      env: [
        ...env,
        // Of the two members one makes the stanza of what both archive to. Core members keep it to themselves.
        { name: "STANZA_POD", value: podName({ set, ordinal: 0 }) },
        { name: "STANZA_ONLINE", value: set === "core" ? "n" : "y" },
      ],
      ports: [{ name: "pgbackrest", containerPort: ports.pgbackrest, protocol: "TCP" }],
      resources: sidecar,
      livenessProbe: { tcpSocket: { port: "pgbackrest" }, periodSeconds: 20, timeoutSeconds: 5 },
      sees: everything,
    },
    {
      name: "exporter",
      image: args.image,
      command: ["/usr/bin/prometheus-postgres-exporter"],
      // How far transaction IDs are from their end is left out by default.
      args: [`--web.listen-address=:${ports.postgresMetrics}`, "--collector.database_wraparound"],
      env: [{ name: "DATA_SOURCE_NAME", value: `user=monitor host=${paths.sockets} dbname=postgres` }],
      ports: [{ name: "metrics", containerPort: ports.postgresMetrics, protocol: "TCP" }],
      resources: sidecar,
      livenessProbe: { tcpSocket: { port: "metrics" }, periodSeconds: 20, timeoutSeconds: 5 },
      sees: [paths.sockets, "/tmp"],
    },
  ];
}
