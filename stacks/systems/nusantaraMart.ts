import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { internet, peersOf } from "../../components/kubernetes/index.js";
import { IssuedCertificate, ServerCertificate, type KeyPair } from "../../components/platform/index.js";
import {
  childOptions,
  CronJob,
  Job,
  defaultPort,
  Namespace,
  registrySecret,
  WebService,
  type RegistryCredentials,
  type WorkloadArgs,
} from "../../components/workload/index.js";
import type { CapacityReport } from "../capacity.js";
import type { NodePool, ParsedConfig, ServiceConfig } from "../configSchema.js";
import type { CityOutputs } from "../outputs.js";
import { versions } from "../versions.js";
import {
  callIntents,
  callsInternet,
  publicService,
  reportAggregation,
  schemaMigration,
  serviceNames,
  services as catalogue,
  type ServiceName,
} from "./nusantaraMart/catalogue.js";
import { databaseAccessOf, migrationAccess, type DatabaseAccess } from "./nusantaraMart/databaseAccess.js";
import { placementOn } from "../placement.js";
import { namespaceQuota, type Allowance } from "./nusantaraMart/quota.js";

export interface NusantaraMartArgs {
  city: string;
  /** The services to run, with what the stack says of each. */
  services: ParsedConfig["nusantaraMart"]["services"];
  /** Registry and path of the images. */
  registry: string;
  /** Its replica counts bound the autoscalers. */
  capacity: CapacityReport;
  /** Pools of the cluster; without any, workloads run on every node. */
  nodePools: Readonly<Record<string, NodePool>>;
  /** Public host names; the first one is the certificate's common name. */
  hosts: readonly [string, ...string[]];
  /** Name of the gateway in the private zone, by which other cities find it. */
  privateHost: string;
  /** Signs the certificate of the public names where no issuer does. */
  certificateAuthority: pulumi.Input<KeyPair>;
  /** ClusterIssuer of cert-manager that signs it. @default the authority above */
  issuer?: string;
  sessionSigningKey: pulumi.Input<string>;
  /** Whether this is the first city of all, whose database may have to wait for a second one. */
  isFirstCity: boolean;
  /** Where records are kept; without it every replica keeps its own in memory. */
  database?: DatabaseAccess | undefined;
  /** Whether the services are in the cluster's mesh, and talk to each other in mutual TLS (M6). @default there is none */
  inMesh?: boolean;
  /** Credentials of a private registry. */
  registryCredentials?: pulumi.Input<RegistryCredentials> | undefined;
}

const system = "nusantara-mart";
/** Port that the gateway's pods serve the API on. */
export const gatewayPort = 8080;
/** Namespace of the system, the same in every city. */
export const martNamespace = system;

/** NusantaraMart in one city: the gateway, the services behind it, and the aggregation of reports (M15, M16). */
export class NusantaraMart extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly endpoints: pulumi.Output<CityOutputs["endpoints"]>;
  readonly services: pulumi.Output<CityOutputs["services"]>;

  constructor(name: string, args: NusantaraMartArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:systems:NusantaraMart", name, {}, opts);
    const parent = { parent: this };

    const namespace = new Namespace(
      name,
      {
        name: system,
        city: args.city,
        quota: namespaceQuota(args.capacity, allowances(args)),
        mesh: args.inMesh ? "ambient" : undefined,
      },
      // Everything else comes after the namespace, and so after whatever this comes after.
      childOptions(this, opts),
    );
    this.namespace = namespace.namespaceName;
    const credentials =
      args.registryCredentials &&
      registrySecret(
        `${name}-registry-credentials`,
        { namespace: this.namespace, credentials: args.registryCredentials },
        parent,
      );
    const wanted = { secretName: "public-certificate", namespace: this.namespace, dnsNames: args.hosts };
    const certificate =
      args.issuer === undefined
        ? new ServerCertificate(`${name}-certificate`, { ...wanted, authority: args.certificateAuthority }, parent)
        : new IssuedCertificate(`${name}-certificate`, { ...wanted, issuer: args.issuer }, parent);

    // Quota, default deny and the way to the DNS are in force before the first pod starts.
    const inNamespace = { parent: this, dependsOn: [namespace] };
    const running = serviceNames.flatMap((service) => {
      const config = args.services[service];
      if (!config) return [];
      const scaling = scalingOf(service, config, args.capacity);
      const web = new WebService(
        `${name}-${service}`,
        {
          ...this.workload(service, args, config, credentials),
          resources: config.resources ?? catalogue[service].resources,
          scaling,
          // A replica whose login the database does not know yet does not take the place of one that is let in.
          readinessPath: "/check?for=readiness",
          ...(service === publicService && {
            secrets: { "session-signing-key": args.sessionSigningKey },
            ingress: { hosts: args.hosts, tlsSecretName: certificate.secretName },
            privateHosts: [args.privateHost],
          }),
        },
        inNamespace,
      );
      return [{ service, web, scaling, version: config.version ?? versions.nusantaraMart[service] }];
    });

    if (args.database) this.schemaMigration(name, args, args.database, credentials, inNamespace);
    if (args.services.report) {
      new CronJob(
        `${name}-${reportAggregation.name}`,
        {
          ...this.workload(reportAggregation.name, args, {}, credentials),
          resources: reportAggregation.resources,
          schedule: reportAggregation.schedule,
          activeDeadlineSeconds: reportAggregation.activeDeadlineSeconds,
        },
        inNamespace,
      );
    }

    this.endpoints = pulumi.output(
      Object.fromEntries(
        running.map(({ service, web }) => [
          service,
          web.endpoint.apply(({ host, port }) => ({ host, port, url: `http://${host}:${port}` })),
        ]),
      ),
    );
    this.services = pulumi.output(
      Object.fromEntries(
        running.map(({ service, web, scaling, version }) => [
          service,
          {
            image: web.image,
            version,
            namespace: this.namespace,
            deployment: web.deployment.metadata.name,
            replicas: scaling,
          },
        ]),
      ),
    );
    this.registerOutputs({ namespace: this.namespace });
  }

  /** What the services and the aggregation have in common. */
  private workload(
    workload: ServiceName | typeof reportAggregation.name,
    args: NusantaraMartArgs,
    config: Partial<ServiceConfig>,
    credentials: kubernetes.core.v1.Secret | undefined,
  ): Omit<WorkloadArgs, "resources"> {
    const profile = workload === reportAggregation.name ? undefined : catalogue[workload];
    const peers = peersOf(workload, system, callIntents);
    const database = databaseAccessOf(workload, args.database);
    const toInternet = profile && callsInternet.includes(workload as ServiceName) ? [internet(443)] : [];
    return {
      name: workload,
      namespace: this.namespace,
      city: args.city,
      partOf: system,
      component: profile?.component ?? "reporting",
      image: {
        repository: `${args.registry}/${workload}`,
        version: config.version ?? versions.nusantaraMart[workload],
        digest: config.digest,
      },
      placement: placementOn(profile?.nodeClass ?? reportAggregation.nodeClass, args.nodePools),
      environment: { ...environmentOf(workload, args.city), ...database.environment },
      secrets: database.secrets,
      inMesh: args.inMesh,
      callers: peers.callers,
      callees: [...peers.callees, ...toInternet, ...database.callees],
      ...(credentials && { imagePullSecrets: [credentials.metadata.name] }),
    };
  }

  /** Every city runs it: a migration that is done changes nothing, and the first city may be alone at first. */
  private schemaMigration(
    name: string,
    args: NusantaraMartArgs,
    database: DatabaseAccess,
    credentials: kubernetes.core.v1.Secret | undefined,
    opts: pulumi.ComponentResourceOptions,
  ): void {
    const { imageOf, ...migration } = schemaMigration;
    const base = this.workload(imageOf, args, args.services[imageOf] ?? {}, credentials);
    const access = migrationAccess(database);
    new Job(
      `${name}-${migration.name}`,
      {
        ...base,
        ...migration,
        component: "migration",
        arguments: ["migrate"],
        environment: { SERVICE_NAME: imageOf, CITY: args.city, ...access.environment },
        secrets: access.secrets,
        callers: [],
        callees: access.callees,
        awaited: !args.isFirstCity,
      },
      opts,
    );
  }
}

/** From the stack's minimum to what the planned load needs, at least one more, unless the stack says otherwise. */
function scalingOf(service: ServiceName, config: ServiceConfig, capacity: CapacityReport) {
  const needed = capacity.services.find((need) => need.service === service)?.replicas ?? config.replicas;
  return { minimum: config.replicas, maximum: config.maximumReplicas ?? Math.max(needed, config.replicas + 1) };
}

/** What each service that runs may use. */
const allowances = ({ services, capacity }: NusantaraMartArgs): Partial<Record<ServiceName, Allowance>> =>
  Object.fromEntries(
    serviceNames.flatMap((name): [string, Allowance][] => {
      const config = services[name];
      if (!config) return [];
      const resources = config.resources ?? catalogue[name].resources;
      return [[name, { resources, maximum: scalingOf(name, config, capacity).maximum }]];
    }),
  );

/** Settings of a service: who it is, and where those are that it may call. */
function environmentOf(workload: string, city: string): Record<string, string> {
  const upstreams = callIntents
    .filter(({ from }) => from === workload)
    .map(({ to, port }) => [`UPSTREAM_${to.toUpperCase().replaceAll("-", "_")}`, `http://${to}:${port}`] as const);
  return {
    SERVICE_NAME: workload,
    CITY: city,
    LISTEN_PORT: `${defaultPort}`,
    ...Object.fromEntries<string>(upstreams),
  };
}
