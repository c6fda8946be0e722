import * as s3 from "@pulumi/aws/s3/index.js";
import * as pulumi from "@pulumi/pulumi";
import { serviceTrust } from "./policies.js";
import { registerRole } from "./role.js";

/** A bucket in a region, with the key of its objects. */
export interface BucketEnd {
  arn: pulumi.Input<string>;
  keyArn: pulumi.Input<string>;
  region: string;
}

export interface BucketCopyArgs {
  /** Name of the role that copies, at most 64 characters. */
  roleName: string;
  accountId: string;
  source: BucketEnd;
  target: BucketEnd;
}

/**
 * Copies every new object of a bucket into another one, usually within minutes, under the other one's key. What is
 * deleted gets a delete marker there, which hides it; its versions stay until the other bucket's own lifecycle takes them, as
 * no deletion of a version is copied. Objects that were there before are not copied. Source: S3 user guide, "Setting up
 * permissions for live replication", "Replicating encrypted objects", and "Replicating delete markers between buckets".
 */
export class BucketCopy extends pulumi.ComponentResource {
  constructor(name: string, args: BucketCopyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:aws:BucketCopy", name, {}, opts);
    const { source, target } = args;
    const role = registerRole(
      name,
      {
        roleName: args.roleName,
        trust: serviceTrust("s3.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": args.accountId },
          ArnEquals: { "aws:SourceArn": source.arn },
        }),
        statements: [
          {
            Sid: "Source",
            Effect: "Allow",
            Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
            Resource: source.arn,
          },
          {
            Sid: "Read",
            Effect: "Allow",
            Action: [
              "s3:GetObjectVersionForReplication",
              "s3:GetObjectVersionAcl",
              "s3:GetObjectVersionTagging",
              "s3:GetObjectRetention",
              "s3:GetObjectLegalHold",
            ],
            Resource: pulumi.interpolate`${source.arn}/*`,
          },
          {
            Sid: "Write",
            Effect: "Allow",
            Action: ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
            Resource: pulumi.interpolate`${target.arn}/*`,
          },
          {
            Sid: "Decrypt",
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: source.keyArn,
            Condition: { StringEquals: { "kms:ViaService": `s3.${source.region}.amazonaws.com` } },
          },
          {
            Sid: "Encrypt",
            Effect: "Allow",
            Action: ["kms:Encrypt", "kms:GenerateDataKey"],
            Resource: target.keyArn,
            Condition: { StringEquals: { "kms:ViaService": `s3.${target.region}.amazonaws.com` } },
          },
        ],
      },
      { parent: this },
    );
    new s3.BucketReplicationConfig(
      `${name}-replication`,
      {
        region: source.region,
        bucket: pulumi.output(source.arn).apply((arn) => arn.replace("arn:aws:s3:::", "")),
        role: role.arn,
        rules: [
          {
            id: "everything",
            status: "Enabled",
            filter: {},
            deleteMarkerReplication: { status: "Enabled" },
            sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
            destination: {
              bucket: target.arn,
              storageClass: "STANDARD_IA",
              encryptionConfiguration: { replicaKmsKeyId: target.keyArn },
            },
          },
        ],
      },
      { parent: this, dependsOn: role.attachments },
    );
    this.registerOutputs({});
  }
}
