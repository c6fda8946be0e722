import { z } from "zod";
import type { Resource, Stack } from "../model/resource.js";
import { isLike } from "../pattern.js";
import { stackRule } from "../rule.js";

const buckets = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];

/** What stands beside a bucket: its types in both generations, and what is wrong with one. */
interface Companion {
  types: readonly string[];
  missing: string;
  judge: (companion: Resource) => Iterable<string>;
}

const companions: readonly Companion[] = [
  {
    types: ["aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2"],
    missing: "It keeps no versions (BucketVersioning).",
    *judge({ inputs }) {
      if (inputs.at("versioningConfiguration", "status").text() !== "Enabled") yield "Its versioning is not enabled.";
    },
  },
  {
    types: ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"],
    missing: "Nothing keeps it from becoming public (BucketPublicAccessBlock).",
    *judge({ inputs }) {
      for (const field of ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"])
        if (inputs.at(field).truth() !== true) yield `${field} of its BucketPublicAccessBlock is not true.`;
    },
  },
  {
    types: [
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
    ],
    missing: "It is not encrypted with a key of ours (BucketServerSideEncryptionConfiguration).",
    *judge({ inputs }) {
      for (const rule of inputs.at("rules").list())
        if (rule.at("applyServerSideEncryptionByDefault", "sseAlgorithm").text() !== "aws:kms")
          yield "Its encryption is not by a KMS key.";
    },
  },
];

export const bucketSafe = stackRule({
  name: "bucket-safe",
  title: "A bucket keeps versions, is encrypted, private, and not emptied to be deleted",
  severity: "high",
  level: "mandatory",
  why: "Backups and logs are in buckets: a deletion without versions, or a policy that opens one, can't be undone.",
  remedy:
    "Register BucketVersioning, BucketPublicAccessBlock and BucketServerSideEncryptionConfiguration with the bucket's id, leave forceDestroy off, and set objectLockEnabled where it holds backups.",
  parameters: z.strictObject({
    /** Names of buckets whose objects nobody may delete before their time, with * for any text. */
    locked: z.array(z.string()).default(["*backup*"]),
  }),
  appliesTo: ({ type }) => buckets.includes(type),
  *judge(bucket, { resources }: Stack, { locked }) {
    if (bucket.inputs.at("forceDestroy").truth() === true) yield "forceDestroy deletes its objects with it.";
    if (
      locked.some((pattern) => isLike(pattern, bucket.name)) &&
      bucket.inputs.at("objectLockEnabled").truth() !== true
    )
      yield "objectLockEnabled is not true, so whoever gets its keys deletes the backups.";
    for (const { types, missing, judge } of companions) {
      const own = resources.filter(
        ({ type, dependencies }) => types.includes(type) && dependencies.includes(bucket.urn),
      );
      if (own.length === 0) yield missing;
      for (const companion of own) yield* judge(companion);
    }
  },
});
