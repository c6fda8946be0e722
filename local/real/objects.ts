import type { BuiltImage } from "../../images/builder/index.js";
import type { CityConfig } from "../../stacks/config.js";
import { dnsAddress } from "../network/addresses.js";
import { clusterDns } from "../nodes/dns.js";
import { placementPolicy } from "../nodes/placement.js";
import { provisionerRights } from "../nodes/storage.js";
import type { Platform } from "../platform.js";
import type { Manifest } from "../render/manifests.js";
import { imageNamed, localRepositories, ownImages } from "./images.js";
import { recordedZone } from "./zone.js";

/** Objects of the platform itself in a city with real nodes. */
export const realNodeObjects = (platform: Platform, city: string): Manifest[] => [
  ...placementPolicy(localRepositories(platform, city)),
  ...provisionerRights,
];

/** The DNS of a city, with the names of all cities as they were last published. */
export const dnsObjects = (
  platform: Platform,
  { city, network }: CityConfig,
  images: readonly BuiltImage[],
): Manifest[] =>
  clusterDns({
    city,
    address: dnsAddress(network.services),
    image: imageNamed(images, ownImages.dns).reference,
    records: recordedZone(platform),
  });
