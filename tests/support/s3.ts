import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { inNamespace } from "../../local/network/commands.js";
import { cityNamespace } from "../../local/network/names.js";
import { backupBucket, databaseBackupSettings, storageHost } from "../../local/objectStorage/settings.js";
import type { Platform } from "../../local/platform.js";

/** An answer of the object storage, or why there was none. */
export interface StorageAnswer {
  status?: number;
  body?: string;
  error?: string;
}

export interface StorageRequest {
  /** City that the request comes from. */
  from: string;
  /** City whose object storage is asked. */
  to: string;
  /** Address of that one. */
  address: string;
  method?: "GET" | "PUT" | "DELETE";
  /** Key of an object in the bucket for backups. */
  object: string;
  body?: string;
  /** Secret to sign with in place of the right one. */
  secretAccessKey?: string;
}

/** Asks the object storage of a city out of the network of another one, over TLS by its name. */
export function askStorage(platform: Platform, request: StorageRequest): StorageAnswer {
  const { from, to, address, method = "GET", object, body } = request;
  const { port, region, authorityPem, credentials } = databaseBackupSettings(platform, to);
  const secretAccessKey = request.secretAccessKey ?? credentials.secretAccessKey;
  const client = join(__dirname, "s3Client.cjs");
  const [file, args] = inNamespace(cityNamespace(platform, from), process.execPath, [client]);
  const { stdout, stderr } = spawnSync(file, args, {
    encoding: "utf8",
    input: JSON.stringify({
      ...{
        method,
        host: storageHost(to),
        address,
        port,
        region,
        authorityPem,
        path: `/${backupBucket(to)}/${object}`,
        body,
      },
      credentials: { ...credentials, secretAccessKey },
    }),
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as StorageAnswer;
}
