import { nusantara, privateHost } from "../../stacks/topology.js";
import type { Platform } from "../platform.js";
import { settingsFor } from "../render/city.js";
import { storageIdentity } from "./identity.js";

/** TCP port of the object storage in every city; it belongs to the data tier's budget on the links (M18). */
export const storagePort = 7480;

/** Name of a city's object storage in the private zone, e.g. `s3.jakarta.nusantara.internal`. */
export const storageHost = (city: string): string => privateHost(nusantara, "s3", city);

/** Bucket for the backups and the archived WAL of a city's databases. Names of buckets are unique in all of S3. */
export const backupBucket = (city: string): string => `nusantara-${city}-database-backups`;

/** Buckets that the object storage of a city has. */
export const bucketsOf = (city: string): string[] => [backupBucket(city)];

/** What stands for a city's name in the configuration: a city knows the repositories of all. */
const eachCity = "{city}";

/** Where the databases of a city find their backups, and as whom. */
export interface DatabaseBackupSettings {
  bucket: string;
  region: string;
  /** Host name, without scheme and port. */
  endpoint: string;
  port: number;
  uriStyle: "path";
  /** Certificate of the authority that signed the server's. */
  authorityPem: string;
  /** The same in every city: a restore reads the repositories of several. */
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/**
 * The object storage of a local city, in the form that its stack is configured with. Holds secrets.
 * @throws UserError where `make up` has not made the keys yet.
 */
export function databaseBackupSettings(platform: Platform, city: string): DatabaseBackupSettings {
  const { authority, credentials } = storageIdentity(platform);
  return {
    bucket: backupBucket(eachCity),
    region: settingsFor(platform, city, "local", "real")["nusantara:region"] as string,
    endpoint: storageHost(eachCity),
    port: storagePort,
    uriStyle: "path",
    authorityPem: authority.certificatePem,
    credentials,
  };
}
