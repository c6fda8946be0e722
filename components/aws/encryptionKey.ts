import * as kms from "@pulumi/aws/kms/index.js";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement } from "./policies.js";

export interface EncryptionKeyArgs {
  /** What the key encrypts, for people. */
  description: string;
  /** Name of the alias, without `alias/`; unique in account and region. */
  alias: string;
  /** Twelve digits. */
  accountId: string;
  /** Who may use the key beside the identities of the account that IAM allows it. @default nobody */
  statements?: readonly Statement[];
  /** Whether the engine refuses to delete the key. Without its key, data is lost for good. */
  protect: boolean;
  /** Whether what it encrypts outlives the stack. Then the key does too, protected or not. @default false */
  outlives?: boolean;
}

/**
 * A symmetric KMS key that rotates every year. The account's own IAM policies decide who may use it: without that first
 * statement nobody could ever change the key again (KMS developer guide, "Default key policy"). A key that is deleted
 * after all can be brought back for 30 days, the longest that KMS offers.
 */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:aws:EncryptionKey", name, {}, opts);
    const account: Statement = {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${args.accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    };
    const key = new kms.Key(
      `${name}-key`,
      {
        description: args.description,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: policyDocument([account, ...(args.statements ?? [])]),
        tags: { Name: args.alias },
      },
      { parent: this, protect: args.protect, retainOnDelete: args.protect || args.outlives === true },
    );
    new kms.Alias(`${name}-alias`, { name: `alias/${args.alias}`, targetKeyId: key.keyId }, { parent: this });
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/** What reading and writing encrypted objects takes (S3 user guide, "Using server-side encryption with AWS KMS keys"). */
export const keyStatements = (keyArn: pulumi.Input<string>): Statement[] => [
  { Sid: "Key", Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: keyArn },
];

const use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"] as const;
const dataKeys = ["kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"] as const;

/**
 * Lets the service-linked role of EC2 Auto Scaling start nodes with encrypted disks; without it no node ever launches.
 * The role must be there before the key. Source: EC2 Auto Scaling user guide, "Required AWS KMS key policy for use with
 * encrypted volumes".
 */
export function autoScalingStatements(accountId: string): Statement[] {
  const Principal = {
    AWS: `arn:aws:iam::${accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
  };
  return [
    { Sid: "AutoScalingUse", Effect: "Allow", Principal, Action: [...use, ...dataKeys], Resource: "*" },
    {
      Sid: "AutoScalingGrants",
      Effect: "Allow",
      Principal,
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/**
 * Lets CloudWatch Logs encrypt the groups whose names begin as given. Source: CloudWatch Logs user guide, "Encrypt log data
 * in CloudWatch Logs using AWS KMS".
 */
export const logsStatement = (accountId: string, region: string, groupPrefix: string): Statement => ({
  Sid: "CloudWatchLogs",
  Effect: "Allow",
  Principal: { Service: `logs.${region}.amazonaws.com` },
  Action: [...use, ...dataKeys],
  Resource: "*",
  Condition: {
    ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${accountId}:log-group:${groupPrefix}*` },
  },
});

/**
 * Lets the log delivery of AWS (VPC flow logs) write into encrypted buckets. Source: VPC user guide, "Required key policy
 * for use with SSE-KMS buckets".
 */
export const logDeliveryStatement = (accountId: string): Statement => ({
  Sid: "LogDelivery",
  Effect: "Allow",
  Principal: { Service: "delivery.logs.amazonaws.com" },
  Action: [...use, ...dataKeys],
  Resource: "*",
  Condition: { StringEquals: { "aws:SourceAccount": accountId } },
});
