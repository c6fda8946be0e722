import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checksum, labels, managedBy, type Peer } from "../kubernetes/index.js";
import {
  childOptions,
  CronJob,
  type CronJobArgs,
  Job,
  Toolbox,
  type Image,
  type Placement,
  type ScratchVolume,
  type WorkloadArgs,
} from "../workload/index.js";
import { partOf, podsOfAllCities, type TierArgs } from "./arguments.js";
import { reconcileSeconds, rolesDirectory } from "./files.js";
import { etcdPod, membersOf, memberSets, paths, podName, ports, restoreTools } from "./layout.js";
import { operationsResources, restoreResources } from "./quota.js";

export interface OperationsArgs extends TierArgs {
  image: Image;
  placement: Placement;
  /**
   * Names of the Secrets with the certificates of what changes the cluster, backs it up and restores it, and of the ConfigMap
   * with all that are issued in the city.
   */
  certificates: Readonly<Record<"reconcile" | "backup" | "restore" | "issued", pulumi.Input<string>>>;
  /** Days that a certificate has left at least, or the daily check fails. */
  certificateDays: number;
  /** Name of the Secret with the secret parts of pgBackRest's configuration. */
  repositorySecrets: pulumi.Input<string>;
  /** The same for the repositories that a restore reads. */
  restoreSecrets: pulumi.Input<string>;
  /** Name of the Secret with the SQL that makes roles. */
  rolesSecret: pulumi.Input<string>;
  /** Files of the ConfigMap: what the cluster shall be, and pgBackRest's configuration. */
  files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Whatever makes a new reconciliation necessary when it changes. */
  desired: Readonly<Record<string, pulumi.Input<string>>>;
  /** The S3 interface of the cities' repositories. */
  repository: readonly Peer[];
  /** Annotations of the ServiceAccounts that stand for the right to the repositories: all but reconcile's. @default none */
  serviceAccountAnnotations?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** The Kubernetes API server. */
  apiServer: Peer;
  /** The volume that a restore goes into. */
  scratch: ScratchVolume;
  /** Five-field cron expressions, in the time of Jakarta. */
  schedules: Readonly<Record<"backup" | "check" | "certificateCheck" | "verify" | "restoreDrill", string>>;
}

const rolledPods = (city: string): string[] => [
  ...memberSets.flatMap((set) => membersOf(city, set).map(podName)),
  etcdPod,
];

/** Seconds in which the tool says what is missing after its own time is over, before Kubernetes ends it. */
const lastWords = 100;

/**
 * What is done to a city's database from outside: the Job that brings it to what the stack says, one member at a time,
 * the ones that back it up and check that the backups are good, and the pod in which people restore.
 */
export class DatabaseOperations extends pulumi.ComponentResource {
  readonly reconcile: Job;

  constructor(name: string, args: OperationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:postgres:DatabaseOperations", name, {}, opts);
    const children = childOptions(this, opts);
    const metadata = {
      name: "operations-config",
      namespace: args.namespace,
      labels: { ...labels({ name: "operations", component: "operations", partOf, city: args.city }) },
    };
    const config = new kubernetes.core.v1.ConfigMap(`${name}-config`, { metadata, data: { ...args.files } }, children);
    const tierPorts = (...numbers: number[]): Peer[] => podsOfAllCities(args.topology, numbers);
    const certificates = (kind: "reconcile" | "backup" | "restore") => ({
      path: paths.certificates,
      secret: args.certificates[kind],
    });
    const repository = {
      callees: [...tierPorts(ports.pgbackrest), ...args.repository],
      mounts: [{ path: paths.pgbackrestSecrets, secret: args.repositorySecrets }],
      ...(args.serviceAccountAnnotations && { serviceAccountAnnotations: args.serviceAccountAnnotations }),
    };
    const restores = {
      ...repository,
      callees: [...tierPorts(ports.postgres, ports.patroni), ...repository.callees],
      mounts: [
        certificates("restore"),
        ...repository.mounts,
        { path: paths.restoreSecrets, secret: args.restoreSecrets },
      ],
    };
    /** What each kind of work may reach and read: no more than it takes. */
    const rights = {
      reconcile: {
        callees: [...tierPorts(ports.etcdClient, ports.postgres, ports.patroni), args.apiServer],
        mounts: [certificates("reconcile"), { path: rolesDirectory, secret: args.rolesSecret }],
      },
      backup: { ...repository, mounts: [certificates("backup"), ...repository.mounts] },
      certificateCheck: {
        callees: [],
        mounts: [{ path: paths.issuedCertificates, configMap: args.certificates.issued }],
      },
      drill: restores,
      // People hold and release members from there, which is written down in etcd.
      restore: { ...restores, callees: [...tierPorts(ports.etcdClient), ...restores.callees] },
    };
    const workload = (job: string, kind: keyof typeof rights): Omit<WorkloadArgs, "resources"> => ({
      name: job,
      namespace: args.namespace,
      city: args.city,
      partOf,
      component: "operations",
      image: args.image,
      command: ["/usr/bin/database"],
      placement: args.placement,
      metricsPort: false,
      ...rights[kind],
      mounts: [{ path: paths.configuration, configMap: config.metadata.name }, ...rights[kind].mounts],
      ...(args.imagePullSecrets && { imagePullSecrets: args.imagePullSecrets }),
    });

    const rolling = this.rollingRights(name, args, children);
    this.reconcile = new Job(
      `${name}-reconcile`,
      {
        ...workload("reconcile", "reconcile"),
        arguments: ["reconcile"],
        resources: operationsResources,
        serviceAccountToken: true,
        environment: { DESIRED_STATE: checksum({ ...args.files, ...args.desired }) },
        // A second try helps where a node died below the first one.
        backoffLimit: 2,
        activeDeadlineSeconds: reconcileSeconds + lastWords,
      },
      pulumi.mergeOptions(children, { dependsOn: [rolling] }),
    );

    const schedule = (
      job: string,
      kind: keyof typeof rights,
      when: string,
      command: readonly string[],
      deadlineHours: number,
      more: Partial<CronJobArgs> = {},
    ): CronJob =>
      new CronJob(
        `${name}-${job}`,
        {
          ...workload(job, kind),
          arguments: command,
          resources: operationsResources,
          schedule: when,
          backoffLimit: 1,
          activeDeadlineSeconds: deadlineHours * 3600,
          startingDeadlineSeconds: 3600,
          ...more,
        },
        children,
      );
    const { schedules } = args;
    schedule("backup", "backup", schedules.backup, ["backup", "--type", "full"], 20);
    schedule("backup-check", "backup", schedules.check, ["check"], 1);
    schedule("backup-verify", "backup", schedules.verify, ["verify"], 20);
    const days = ["--directory", paths.issuedCertificates, "--days", `${args.certificateDays}`];
    schedule("certificate-check", "certificateCheck", schedules.certificateCheck, ["check-certificates", ...days], 1);
    const place = { resources: restoreResources, scratchVolumes: { [paths.scratch]: args.scratch } };
    // A second try would take as long, and what failed is to be looked at.
    schedule("restore-drill", "drill", schedules.restoreDrill, ["restore-drill"], 20, { ...place, backoffLimit: 0 });
    new Toolbox(`${name}-${restoreTools}`, { ...workload(restoreTools, "restore"), ...place }, children);
    this.registerOutputs({});
  }

  /** The reconcile Job may look at the members' sets and evict one of their pods so that it starts anew; nothing else. */
  private rollingRights(
    name: string,
    args: OperationsArgs,
    opts: pulumi.CustomResourceOptions,
  ): kubernetes.rbac.v1.RoleBinding {
    const metadata = {
      name: "reconcile",
      namespace: args.namespace,
      labels: { "app.kubernetes.io/managed-by": managedBy },
    };
    const role = new kubernetes.rbac.v1.Role(
      `${name}-reconcile-role`,
      {
        metadata,
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
          { apiGroups: [""], resources: ["pods/eviction"], resourceNames: rolledPods(args.city), verbs: ["create"] },
          { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["get", "list"] },
        ],
      },
      opts,
    );
    return new kubernetes.rbac.v1.RoleBinding(
      `${name}-reconcile-role-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: "reconcile", namespace: args.namespace }],
      },
      opts,
    );
  }
}
