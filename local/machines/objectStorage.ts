import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { CityConfig } from "../../stacks/config.js";
import { routerAddress } from "../network/addresses.js";
import { storageIdentity } from "../objectStorage/identity.js";
import { bucketsOf, storageHost, storagePort } from "../objectStorage/settings.js";
import type { Platform } from "../platform.js";
import { writeCredentials, type Identity } from "./credentials.js";
import { cityServicesDirectory, objectStorageDirectory } from "./directories.js";
import { isServiceUp, startService, stopService } from "./supervision.js";

/** What runs the object storage of a city. */
export interface StorageProgram {
  args: string[];
  /** Files below the directory of configuration. */
  configuration: Record<string, string>;
  /** Writes keys and the server's certificate. */
  writeCredentials: () => Promise<void>;
}

/** Below the directory of configuration: the authority here is another one than the control plane's. */
const subdirectory = "object-storage";

/** Name under s6 of the stand-in of Amazon S3. */
export const storageService = "object-storage";

/** The program that is a city's object storage. @param etc the directory of configuration of the city's services. */
export function storageProgram(platform: Platform, { city, region, network }: CityConfig, etc: string): StorageProgram {
  const { authority, credentials } = storageIdentity(platform);
  const directory = objectStorageDirectory(platform, city);
  const own = join(etc, subdirectory);
  const address = routerAddress(network.nodes);
  const identity: Identity = {
    file: "server",
    commonName: `object storage of ${city}`,
    ipAddresses: [address],
    dnsNames: [storageHost(city)],
  };
  makeBuckets(platform, city);
  return {
    args: [
      `-address=${address}:${storagePort}`,
      `-region=${region}`,
      `-directory=${directory}`,
      `-credentials=${own}/credentials.json`,
      `-certificate=${own}/server.crt`,
      `-key=${own}/server.key`,
    ],
    // Another authority makes the service start anew.
    configuration: { [`${subdirectory}/ca.crt`]: authority.certificatePem },
    writeCredentials: async () => {
      await writeCredentials(own, [identity], authority);
      writeFileSync(join(own, "credentials.json"), JSON.stringify(credentials), { mode: 0o600 });
    },
  };
}

/** Makes those buckets of a city that are not there: a directory is a bucket. */
export function makeBuckets(platform: Platform, city: string): void {
  for (const bucket of bucketsOf(city))
    mkdirSync(join(objectStorageDirectory(platform, city), bucket), { recursive: true, mode: 0o700 });
}

/**
 * Deletes the buckets of a city with all that they hold. The object storage may run meanwhile: whoever asks it is told that
 * there is no such bucket.
 */
export async function deleteBuckets(platform: Platform, city: string): Promise<void> {
  const directory = objectStorageDirectory(platform, city);
  // Out of its sight at once: what it writes below a directory that is being emptied would be left there.
  const deleted = `${directory}-deleted`;
  for (const bucket of bucketsOf(city)) {
    await rm(deleted, { recursive: true, force: true });
    if (existsSync(join(directory, bucket))) renameSync(join(directory, bucket), deleted);
  }
  await rm(deleted, { recursive: true, force: true });
}

/** Stops the object storage of a city, and returns when nobody listens any more. */
export const stopObjectStorage = (platform: Platform, city: string): Promise<void> =>
  stopService(cityServicesDirectory(platform, city), storageService);

/** Starts it again; returns before it listens. */
export const startObjectStorage = (platform: Platform, city: string): Promise<void> =>
  startService(cityServicesDirectory(platform, city), storageService);

/** Whether it is kept running. */
export const isObjectStorageUp = (platform: Platform, city: string): Promise<boolean> =>
  isServiceUp(cityServicesDirectory(platform, city), storageService);
