import { mkdirSync, writeFileSync } from "node:fs";
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
  // A directory is a bucket.
  for (const bucket of bucketsOf(city)) mkdirSync(join(directory, bucket), { recursive: true, mode: 0o700 });
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

/** Stops the object storage of a city, and returns when nobody listens any more. */
export const stopObjectStorage = (platform: Platform, city: string): Promise<void> =>
  stopService(cityServicesDirectory(platform, city), storageService);

/** Starts it again; returns before it listens. */
export const startObjectStorage = (platform: Platform, city: string): Promise<void> =>
  startService(cityServicesDirectory(platform, city), storageService);

/** Whether it is kept running. */
export const isObjectStorageUp = (platform: Platform, city: string): Promise<boolean> =>
  isServiceUp(cityServicesDirectory(platform, city), storageService);
