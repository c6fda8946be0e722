import { z } from "zod";
import { kindOf } from "../kubernetes/objectType.js";
import { resourceRule } from "../rule.js";

/** Kinds and types whose deletion can't be undone. */
const irreplaceable = [
  "PersistentVolume",
  "PersistentVolumeClaim",
  "apps/StatefulSet",
  "postgresql.cnpg.io/Cluster",
  "storage.k8s.io/StorageClass",
  "aws:backup/vault:Vault",
  "aws:docdb/cluster:Cluster",
  "aws:dynamodb/table:Table",
  "aws:ebs/volume:Volume",
  "aws:efs/fileSystem:FileSystem",
  "aws:eks/cluster:Cluster",
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:kms/key:Key",
  "aws:rds/cluster:Cluster",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
];

export const protectedResources = resourceRule({
  name: "protected-resources",
  title: "The engine refuses to delete what can't be made again",
  severity: "high",
  level: "mandatory",
  why: "A rename, a changed parent or a destroy of the wrong stack deletes the database, the bucket, the key or the cluster.",
  remedy: "Register it with the option protect: true.",
  parameters: z.strictObject({
    /** Further kinds (`group/Kind`) and type tokens. */
    more: z.array(z.string()).default([]),
  }),
  // The settings may name any type.
  appliesTo: () => true,
  *judge(resource, { more }) {
    const kind = kindOf(resource) ?? resource.type;
    if (!irreplaceable.includes(kind) && !more.includes(kind)) return;
    if (kind === "apps/StatefulSet" && resource.inputs.at("spec", "volumeClaimTemplates").list().length === 0) return;
    // Whether a class may be one that deletes is the concern of storage-class-retain.
    if (kind === "storage.k8s.io/StorageClass" && resource.inputs.at("reclaimPolicy").text() !== "Retain") return;
    if (!resource.protect) yield "It is not protected.";
  },
});
