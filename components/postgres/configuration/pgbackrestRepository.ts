import { iniText, type Section } from "./ini.js";

/** A place for backups and WAL: an S3 bucket of one city. */
export interface Repository {
  kind: "s3";
  bucket: string;
  /** Host name of the interface, e.g. `s3.ap-southeast-3.amazonaws.com`. */
  endpoint: string;
  region: string;
  /** `path` for interfaces that know a bucket by its path only. @default "host" */
  uriStyle?: "host" | "path";
  /** TCP port of the interface. @default 443 */
  port?: number;
  /** PEM file with the authorities of the interface. @default those of the system */
  caFile?: string;
  /** `web-id`: the pod's service account stands for a role. `shared`: a key, which is in {@link pgbackrestSecrets}. */
  credentials: "web-id" | "shared";
}

/** The secret part of a repository. */
export interface RepositorySecrets {
  /** Passphrase of the encryption. It can't be changed once the stanza exists. */
  cipherPass: string;
  /** Of `shared` credentials. */
  key?: string;
  keySecret?: string;
}

/** Paths in each city's bucket. */
export const repositoryPaths = {
  /** Backups, and the WAL that leads from one to the next. */
  backups: "/pg",
  /** What the city's core members archived as primary: the rescue of a fork's tail. Nothing is backed up into it. */
  forks: "/core-wal",
} as const;

/** Options of a repository; `index` is its place in the configuration, from 1. */
export function repositoryOptions(repository: Repository, index: number, path: string): Section {
  const { bucket, endpoint, region, uriStyle = "host", port, caFile, credentials } = repository;
  const options = {
    type: repository.kind,
    path,
    "s3-bucket": bucket,
    "s3-endpoint": endpoint,
    "s3-region": region,
    "s3-uri-style": uriStyle,
    "s3-key-type": credentials,
    ...(port === undefined ? {} : { "storage-port": port }),
    ...(caFile === undefined ? {} : { "storage-ca-file": caFile }),
    "cipher-type": "aes-256-cbc",
  };
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [`repo${index}-${name}`, value]));
}

/**
 * The secret part of a configuration, for a file `*.conf` in its directory of secrets. The order must be that of the
 * repositories in the public part.
 *
 * @throws Error when a value has a line break or begins or ends with a space, which the format cannot hold. The message
 * does not show the value.
 */
export function pgbackrestSecrets(secrets: readonly RepositorySecrets[]): string {
  const options = secrets.flatMap(({ cipherPass, key, keySecret }, place) =>
    Object.entries({ "cipher-pass": cipherPass, "s3-key": key, "s3-key-secret": keySecret }).flatMap(
      ([name, value]): [string, string][] => {
        if (value === undefined) return [];
        const option = `repo${place + 1}-${name}`;
        if (value === "" || value !== value.trim() || /[\r\n]/.test(value)) {
          throw new Error(
            `the value of ${option} is empty, has a line break or begins or ends with a space; make a new one`,
          );
        }
        return [[option, value]];
      },
    ),
  );
  return iniText({ global: Object.fromEntries(options) });
}
