import { backupConfigured } from "../../../policy/rules/backupConfigured.js";
import { bucketSafe } from "../../../policy/rules/bucketSafe.js";
import { claimRetention } from "../../../policy/rules/claimRetention.js";
import { noHostPath } from "../../../policy/rules/noHostPath.js";
import { protectedResources } from "../../../policy/rules/protectedResources.js";
import { storageBinding } from "../../../policy/rules/storageBinding.js";
import { storageClassNamed } from "../../../policy/rules/storageClassNamed.js";
import { storageClassRetain } from "../../../policy/rules/storageClassRetain.js";
import { storageEncrypted } from "../../../policy/rules/storageEncrypted.js";
import { volumeRetain } from "../../../policy/rules/volumeRetain.js";
import { notKnown, type Value } from "../../../policy/model/value.js";
import { casesOf, type RuleCases } from "./cases.js";
import { but } from "./change.js";
import { urnOf, type Given } from "./inputs.js";
import { backup, deployment, pod, postgresCluster, scheduledBackup, statefulSet, storageClass } from "./objects.js";

const volume: Given = {
  type: "kubernetes:core/v1:PersistentVolume",
  protect: true,
  inputs: { metadata: { name: "data" }, spec: { persistentVolumeReclaimPolicy: "Retain", csi: { driver: "ebs" } } },
};
const claim: Given = {
  type: "kubernetes:core/v1:PersistentVolumeClaim",
  protect: true,
  inputs: { metadata: { name: "data", namespace: "databases" }, spec: { storageClassName: "database" } },
};
const template = "spec.volumeClaimTemplates.0.spec.storageClassName";
const retention = "spec.persistentVolumeClaimRetentionPolicy";

const etcd = but(
  but(statefulSet, "spec.template.metadata.labels.app", "etcd"),
  `${pod}.containers.0.image`,
  "ghcr.io/shop/etcd:3.6.0",
);
const bucket: Given = {
  type: "aws:s3/bucket:Bucket",
  name: "backups",
  inputs: { objectLockEnabled: true },
  protect: true,
};
const beside = (type: string, inputs: Value): Given => ({ type, inputs, dependencies: [urnOf(bucket)] });
const versioning = beside("aws:s3/bucketVersioning:BucketVersioning", {
  bucket: notKnown,
  versioningConfiguration: { status: "Enabled" },
});
const accessBlock = beside("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {
  bucket: notKnown,
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
});
const encryption = beside("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
  bucket: notKnown,
  rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: notKnown } }],
});

const database: Given = {
  type: "aws:rds/instance:Instance",
  inputs: { storageEncrypted: true, backupRetentionPeriod: 14 },
};
const launchTemplate: Given = {
  type: "aws:ec2/launchTemplate:LaunchTemplate",
  inputs: { blockDeviceMappings: [{ ebs: { encrypted: "true" } }] },
};

export const storage: readonly RuleCases[] = [
  casesOf({
    rule: storageClassRetain,
    given: storageClass,
    good: [
      { name: "scratch", given: but(storageClass, "reclaimPolicy", "Delete"), parameters: { scratch: ["database"] } },
    ],
    faults: { Delete: { reclaimPolicy: "Delete" }, "the default": { reclaimPolicy: undefined } },
    unknown: ["reclaimPolicy"],
  }),
  casesOf({
    rule: volumeRetain,
    given: volume,
    good: [{ name: "the default", given: but(volume, "spec.persistentVolumeReclaimPolicy", undefined) }],
    faults: {
      Delete: { "spec.persistentVolumeReclaimPolicy": "Delete" },
      Recycle: { "spec.persistentVolumeReclaimPolicy": "Recycle" },
    },
    unknown: ["spec.persistentVolumeReclaimPolicy"],
  }),
  casesOf({
    rule: claimRetention,
    given: statefulSet,
    good: [{ name: "no claims", given: but(but(statefulSet, retention, undefined), "spec.volumeClaimTemplates", []) }],
    faults: {
      "not said": { [retention]: undefined },
      "deleted with the set": { [`${retention}.whenDeleted`]: "Delete" },
      "deleted when scaled down": { [`${retention}.whenScaled`]: "Delete" },
      "said for one event only": { [`${retention}.whenScaled`]: undefined },
    },
    unknown: [retention, `${retention}.whenDeleted`, "spec.volumeClaimTemplates"],
  }),
  casesOf({
    rule: storageClassNamed,
    given: statefulSet,
    beside: [storageClass],
    good: [
      { name: "a claim", given: claim, beside: [storageClass] },
      { name: "a volume made by hand", given: but(claim, "spec.storageClassName", "") },
      {
        name: "somebody else's class",
        given: but(claim, "spec.storageClassName", "efs"),
        parameters: { others: ["efs"] },
      },
      { name: "a cluster of CloudNativePG", given: postgresCluster, beside: [storageClass] },
    ],
    faults: { "no class": { [template]: undefined }, "a class that nobody registers": { [template]: "gp2" } },
    bad: [
      {
        name: "a claim without a class",
        given: but(claim, "spec.storageClassName", undefined),
        beside: [storageClass],
      },
      {
        name: "a cluster without a class",
        given: but(postgresCluster, "spec.storage", { size: "1Gi" }),
        beside: [storageClass],
      },
      {
        name: "WAL without a class",
        given: but(postgresCluster, "spec.walStorage", { size: "1Gi" }),
        beside: [storageClass],
      },
    ],
    unknown: [template, "spec.volumeClaimTemplates"],
  }),
  casesOf({
    rule: storageEncrypted,
    given: storageClass,
    good: [
      { name: "no block storage of AWS", given: but(but(storageClass, "parameters", {}), "provisioner", "local") },
      { name: "a launch template", given: launchTemplate },
      { name: "a database", given: database },
    ],
    faults: {
      "no parameters": { parameters: undefined },
      "not encrypted": { "parameters.encrypted": "false" },
    },
    bad: [
      { name: "a launch template", given: but(launchTemplate, "blockDeviceMappings.0.ebs.encrypted", undefined) },
      { name: "the image's own disk", given: but(launchTemplate, "blockDeviceMappings", undefined) },
      { name: "a machine's own disk", given: { type: "aws:ec2/instance:Instance", inputs: {} } },
      {
        name: "a machine's second disk",
        given: {
          type: "aws:ec2/instance:Instance",
          inputs: { rootBlockDevice: { encrypted: true }, ebsBlockDevices: [{ volumeSize: 10 }] },
        },
      },
      { name: "a database", given: but(database, "storageEncrypted", undefined) },
      { name: "a volume", given: { type: "aws:ebs/volume:Volume", inputs: { encrypted: false } } },
    ],
    unknown: ["parameters", "parameters.encrypted", "provisioner"],
  }),
  casesOf({
    rule: storageBinding,
    given: storageClass,
    faults: {
      "bound at once": { volumeBindingMode: "Immediate" },
      "the default": { volumeBindingMode: undefined },
      "can't grow": { allowVolumeExpansion: undefined },
    },
    unknown: ["volumeBindingMode", "allowVolumeExpansion"],
  }),
  casesOf({
    rule: noHostPath,
    given: deployment,
    good: [
      { name: "a volume of a driver", given: volume },
      {
        name: "a collector of logs",
        given: but(deployment, `${pod}.volumes`, [{ name: "logs", hostPath: { path: "/var/log" } }]),
        parameters: { allowed: ["databases/order"] },
      },
    ],
    faults: { "a path of the host": { [`${pod}.volumes`]: [{ name: "data", hostPath: { path: "/data" } }] } },
    bad: [
      { name: "a volume of a path", given: but(volume, "spec.hostPath", { path: "/data" }) },
      { name: "a volume of a disk", given: but(volume, "spec.local", { path: "/data" }) },
    ],
    unknown: [`${pod}.volumes`, pod],
  }),
  casesOf({
    rule: protectedResources,
    given: statefulSet,
    good: [
      { name: "a set without claims", given: { ...but(statefulSet, "spec.volumeClaimTemplates", []), protect: false } },
      { name: "a Deployment", given: deployment },
      { name: "a bucket", given: bucket },
      { name: "a class that deletes", given: but(storageClass, "reclaimPolicy", "Delete") },
    ],
    bad: [statefulSet, volume, claim, storageClass, postgresCluster, bucket].map((given) => ({
      name: given.type,
      given: { ...given, protect: false },
    })),
    unknownBeside: [
      {
        name: "claims of a set",
        given: { ...but(statefulSet, "spec.volumeClaimTemplates", notKnown), protect: false },
      },
    ],
  }),
  casesOf({
    rule: backupConfigured,
    given: statefulSet,
    beside: [backup],
    good: [
      { name: "no database", given: etcd },
      { name: "a cluster of CloudNativePG", given: postgresCluster, beside: [scheduledBackup] },
      { name: "a database of AWS", given: database },
    ],
    bad: [
      { name: "no job", given: statefulSet },
      { name: "a database by its image only", given: but(statefulSet, "spec.template.metadata.labels.app", undefined) },
      { name: "a suspended job", given: statefulSet, beside: [but(backup, "spec.suspend", true)] },
      { name: "a job of another namespace", given: statefulSet, beside: [but(backup, "metadata.namespace", "other")] },
      { name: "a job that does something else", given: statefulSet, beside: [but(backup, "metadata.labels", {})] },
      { name: "a cluster without", given: but(postgresCluster, "spec.backup", undefined), beside: [scheduledBackup] },
      {
        name: "a cluster that keeps them too short",
        given: but(postgresCluster, "spec.backup.retentionPolicy", "6d"),
        beside: [scheduledBackup],
      },
      { name: "a cluster that nobody backs up", given: postgresCluster },
      {
        name: "a schedule of another cluster",
        given: postgresCluster,
        beside: [but(scheduledBackup, "spec.cluster.name", "other")],
      },
      { name: "a database of AWS by default", given: but(database, "backupRetentionPeriod", undefined) },
    ],
    unknown: ["spec.template.metadata.labels"],
    unknownBeside: [
      { name: "the job's labels", given: statefulSet, beside: [but(backup, "metadata.labels", notKnown)] },
      { name: "whether it is suspended", given: statefulSet, beside: [but(backup, "spec.suspend", notKnown)] },
    ],
  }),
  casesOf({
    rule: bucketSafe,
    given: bucket,
    beside: [versioning, accessBlock, encryption],
    good: [
      {
        name: "one that may be emptied by and by",
        given: but(bucket, "objectLockEnabled", undefined),
        beside: [versioning, accessBlock, encryption],
        parameters: { locked: [] },
      },
    ],
    faults: {
      "emptied to be deleted": { forceDestroy: true },
      "backups that may be deleted": { objectLockEnabled: undefined },
    },
    bad: [
      { name: "no versions", given: bucket, beside: [accessBlock, encryption] },
      { name: "may become public", given: bucket, beside: [versioning, encryption] },
      { name: "no encryption", given: bucket, beside: [versioning, accessBlock] },
      {
        name: "suspended versions",
        given: bucket,
        beside: [but(versioning, "versioningConfiguration.status", "Suspended"), accessBlock, encryption],
      },
      {
        name: "public by policy",
        given: bucket,
        beside: [versioning, but(accessBlock, "blockPublicPolicy", undefined), encryption],
      },
      {
        name: "Amazon's own key",
        given: bucket,
        beside: [
          versioning,
          accessBlock,
          but(encryption, "rules", [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }]),
        ],
      },
      {
        name: "another bucket's versions",
        given: bucket,
        beside: [{ ...versioning, dependencies: [] }, accessBlock, encryption],
      },
    ],
    unknown: ["forceDestroy", "objectLockEnabled"],
  }),
];
