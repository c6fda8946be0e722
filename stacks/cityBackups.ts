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
import { databaseNamespace, repositoryServiceAccounts } from "../components/postgres/index.js";
import type { CityConfig } from "./config.js";
import { backupBucket } from "./database.js";
import type { EksConfig } from "./eksSchema.js";
import { cityNames } from "./topology.js";

/** What a city has in AWS for its backups. */
export interface CityBackups {
  /** Backups and WAL of this city's database. */
  bucket: ObjectBucket;
  /** Copies of another city's. */
  copies: ObjectBucket;
  /** Role of the database's pods. */
  databaseRoleArn: pulumi.Output<string>;
}

/**
 * The buckets of a city and who may reach them. Nobody who works with a bucket may delete versions of its objects: what a
 * stolen identity deletes or overwrites is there for as many days as point-in-time recovery reaches back, and the lock
 * keeps administrators from doing it by mistake.
 */
export function cityBackups(
  config: CityConfig,
  { accountId, protect }: EksConfig,
  { keyArn, tokenIssuer }: { keyArn: pulumi.Input<string>; tokenIssuer: pulumi.Input<TokenIssuer> },
  opts: pulumi.CustomResourceOptions,
): CityBackups {
  const { city, database } = config;
  const { retentionDays } = database.backup;
  const locked = { keyArn, keepOldVersionsDays: retentionDays, lockDays: retentionDays, protect };
  const bucket = new ObjectBucket("database-backups", { ...locked, bucketName: backupBucket(database, city) }, opts);
  // Nothing expires by age: pgBackRest writes archive.info at the creation of the stanza only, and a repository is nothing
  // without it. What the other city deletes is deleted here too, as a marker.
  const copies = new ObjectBucket(
    "backup-copies",
    { ...locked, bucketName: `nusantara-${city}-backup-copies-${accountId}` },
    opts,
  );
  const role = registerRole(
    "database-backups",
    {
      roleName: `nusantara-${city}-database-backups`,
      trust: serviceAccountTrust(tokenIssuer, databaseNamespace, repositoryServiceAccounts),
      statements: [
        ...repositoryStatements(bucket.arn),
        ...keyStatements(keyArn),
        ...restoreStatements(config, accountId),
      ],
    },
    opts,
  );
  return { bucket, copies, databaseRoleArn: role.arn };
}

/** What pgBackRest does in a repository. Source: pgBackRest user guide, "S3-Compatible Object Store Support". */
const repositoryStatements = (bucketArn: pulumi.Input<string>): Statement[] => [
  { Sid: "List", Effect: "Allow", Action: "s3:ListBucket", Resource: bucketArn },
  {
    Sid: "ReadWrite",
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
    Resource: interpolate`${bucketArn}/*`,
  },
];

/**
 * A lost city is restored out of another one's repository, which this city may read and no more. The others' keys are not
 * known here, as they come later; their aliases are.
 */
function restoreStatements({ city, topology, database, region }: CityConfig, accountId: string): Statement[] {
  const others = cityNames(topology).filter((name) => name !== city);
  const buckets = others.map((name) => `arn:aws:s3:::${backupBucket(database, name)}`);
  if (buckets.length === 0) return [];
  return [
    { Sid: "ListOthers", Effect: "Allow", Action: "s3:ListBucket", Resource: buckets },
    { Sid: "ReadOthers", Effect: "Allow", Action: "s3:GetObject", Resource: buckets.map((arn) => `${arn}/*`) },
    {
      Sid: "KeysOfOthers",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: `arn:aws:kms:${database.backup.region ?? region}:${accountId}:key/*`,
      Condition: {
        "ForAnyValue:StringEquals": {
          "kms:ResourceAliases": others.map((name) => `alias/nusantara-${name}-backups`),
        },
      },
    },
  ];
}
