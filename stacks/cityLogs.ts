import type * as pulumi from "@pulumi/pulumi";
import { interpolate } from "@pulumi/pulumi";
import {
  keyStatements,
  ObjectBucket,
  registerRole,
  serviceAccountTrust,
  type Statement,
  type TokenIssuer,
} from "../components/aws/index.js";
import { monitoringNamespace } from "../components/workload/index.js";
import { clusterNameOf } from "./cloudNames.js";
import type { CityConfig } from "./config.js";
import type { EksConfig } from "./eksSchema.js";

/** Service account of Loki's pods, in the namespace of monitoring. */
export const logStoreServiceAccount = "loki";

/** Days that chunks which Loki deleted can still be brought back, as retention by mistake can't be undone in Loki. */
const keepDeletedDays = 7;

/** Where a city's logs are kept. */
export interface CityLogs {
  bucketName: pulumi.Output<string>;
  /** Role of Loki's pods. */
  roleArn: pulumi.Output<string>;
}

/**
 * Loki's bucket, and who may reach it. How long logs are kept (M21) is up to Loki's compactor, which tells application,
 * audit and security logs apart; the bucket can't, and must never expire Loki's index. So there is no lock here either.
 */
export function cityLogs(
  { city }: CityConfig,
  { accountId, protect }: EksConfig,
  { keyArn, tokenIssuer }: { keyArn: pulumi.Input<string>; tokenIssuer: pulumi.Input<TokenIssuer> },
  opts: pulumi.CustomResourceOptions,
): CityLogs {
  const bucket = new ObjectBucket(
    "logs",
    { bucketName: `${clusterNameOf(city)}-logs-${accountId}`, keyArn, keepOldVersionsDays: keepDeletedDays, protect },
    opts,
  );
  const role = registerRole(
    "logs",
    {
      roleName: `${clusterNameOf(city)}-loki`,
      trust: serviceAccountTrust(tokenIssuer, monitoringNamespace, [logStoreServiceAccount]),
      statements: [...logStoreStatements(bucket.arn), ...keyStatements(keyArn)],
    },
    opts,
  );
  return { bucketName: bucket.bucketName, roleArn: role.arn };
}

/** What Loki does in its bucket; the compactor deletes. Source: Loki's documentation, "Deploy the Loki Helm chart on AWS". */
const logStoreStatements = (bucketArn: pulumi.Input<string>): Statement[] => [
  { Sid: "List", Effect: "Allow", Action: "s3:ListBucket", Resource: bucketArn },
  {
    Sid: "ReadWrite",
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    Resource: interpolate`${bucketArn}/*`,
  },
];
