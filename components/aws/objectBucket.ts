import * as s3 from "@pulumi/aws/s3/index.js";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement } from "./policies.js";

export interface ObjectBucketArgs {
  /** Name of the bucket, unique in the world. */
  bucketName: string;
  keyArn: pulumi.Input<string>;
  /** Days after which an object goes by itself. @default never: whoever wrote it deletes it */
  expireAfterDays?: number;
  /** Days that what was deleted or overwritten can still be brought back. */
  keepOldVersionsDays: number;
  /**
   * Days in which nobody deletes a version of an object, unless he may bypass governance: against mistakes, and against
   * whoever stole the identity of the writer. At most `keepOldVersionsDays`. It can't be turned off again.
   * @default no lock
   */
  lockDays?: number;
  /** What the policy of the bucket allows beside what IAM does. @default nothing */
  statements?: (bucketArn: pulumi.Output<string>) => Statement[];
  /** Whether the engine refuses to delete the bucket. One that is not empty is never deleted. */
  protect: boolean;
}

/** An S3 bucket that is private, encrypted with a key of ours, versioned, and reached over TLS only. */
export class ObjectBucket extends pulumi.ComponentResource {
  /** Known once the bucket is whole: with its encryption, its lock and its policy. */
  readonly bucketName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: ObjectBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:aws:ObjectBucket", name, {}, opts);
    const { lockDays, expireAfterDays, keepOldVersionsDays } = args;
    if (lockDays !== undefined && lockDays > keepOldVersionsDays)
      throw new Error(
        `bucket ${args.bucketName} locks versions for ${lockDays} days but keeps them ${keepOldVersionsDays}`,
      );
    const parent = { parent: this };
    const bucket = new s3.Bucket(
      `${name}-bucket`,
      {
        bucket: args.bucketName,
        // Only a new bucket can get it.
        objectLockEnabled: lockDays !== undefined,
        forceDestroy: false,
        tags: { Name: args.bucketName },
      },
      { parent: this, protect: args.protect, retainOnDelete: args.protect },
    );
    const of = { bucket: bucket.bucket };
    const access = new s3.BucketPublicAccessBlock(
      `${name}-public-access`,
      { ...of, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      parent,
    );
    const ownership = new s3.BucketOwnershipControls(
      `${name}-ownership`,
      { ...of, rule: { objectOwnership: "BucketOwnerEnforced" } },
      parent,
    );
    const encryption = new s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        ...of,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.keyArn },
            // One call of KMS for many objects in place of one each.
            bucketKeyEnabled: true,
          },
        ],
      },
      parent,
    );
    const versioning = new s3.BucketVersioning(
      `${name}-versioning`,
      { ...of, versioningConfiguration: { status: "Enabled" } },
      parent,
    );
    const lock =
      lockDays !== undefined &&
      new s3.BucketObjectLockConfiguration(
        `${name}-lock`,
        { ...of, rule: { defaultRetention: { mode: "GOVERNANCE", days: lockDays } } },
        { parent: this, dependsOn: [versioning] },
      );
    new s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        ...of,
        rules: [
          {
            id: "old-versions",
            status: "Enabled",
            filter: {},
            noncurrentVersionExpiration: { noncurrentDays: keepOldVersionsDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            expiration: expireAfterDays === undefined ? { expiredObjectDeleteMarker: true } : { days: expireAfterDays },
          },
        ],
      },
      { parent: this, dependsOn: [versioning] },
    );
    const policy = new s3.BucketPolicy(
      `${name}-policy`,
      { ...of, policy: policyDocument([...secureTransport(bucket.arn), ...(args.statements?.(bucket.arn) ?? [])]) },
      { parent: this, dependsOn: [access] },
    );
    const whole = [access, ownership, encryption, versioning, policy, ...(lock ? [lock] : [])];
    const settings = pulumi.all(whole.map(({ id }) => id));
    this.bucketName = pulumi.all([bucket.bucket, settings]).apply(([bucketName]) => bucketName);
    this.arn = pulumi.all([bucket.arn, settings]).apply(([arn]) => arn);
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }
}

/** Nothing but TLS 1.2 and newer. Source: S3 user guide, "Security best practices for Amazon S3". */
const secureTransport = (bucketArn: pulumi.Output<string>): Statement[] => {
  const all = {
    Effect: "Deny" as const,
    Principal: "*" as const,
    Action: "s3:*",
    Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
  };
  return [
    { Sid: "PlainText", ...all, Condition: { Bool: { "aws:SecureTransport": "false" } } },
    { Sid: "OldTls", ...all, Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
  ];
};

/**
 * Lets AWS deliver VPC flow logs of the account into the bucket, below the prefix of Hive-compatible partitions. Source: VPC
 * user guide, "Amazon S3 bucket permissions for flow logs", and "Flow log files".
 */
export function flowLogStatements(bucketArn: pulumi.Output<string>, accountId: string, region: string): Statement[] {
  const Principal = { Service: "delivery.logs.amazonaws.com" };
  const source = {
    StringEquals: { "aws:SourceAccount": accountId },
    ArnLike: { "aws:SourceArn": `arn:aws:logs:${region}:${accountId}:*` },
  };
  return [
    {
      Sid: "FlowLogsWrite",
      Effect: "Allow",
      Principal,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/aws-account-id=${accountId}/*`,
      Condition: {
        ...source,
        StringEquals: { ...source.StringEquals, "s3:x-amz-acl": "bucket-owner-full-control" },
      },
    },
    {
      Sid: "FlowLogsCheck",
      Effect: "Allow",
      Principal,
      Action: ["s3:GetBucketAcl", "s3:ListBucket"],
      Resource: bucketArn,
      Condition: source,
    },
  ];
}
