import type { BuiltImage } from "../../images/builder/index.js";
import type { CityConfig } from "../../stacks/config.js";
import { dnsAddress, routerAddress } from "../network/addresses.js";
import { clusterDns } from "../nodes/dns.js";
import { placementPolicy } from "../nodes/placement.js";
import { provisionerRights, publisherRights } from "../nodes/rights.js";
import type { Platform } from "../platform.js";
import type { Manifest } from "../render/manifests.js";
import { imageNamed, localRepositories, ownImages } from "./images.js";

/** Objects of the platform itself in a city with real nodes. */
export const realNodeObjects = (platform: Platform, city: string): Manifest[] => [
  ...placementPolicy(localRepositories(platform, city)),
  ...provisionerRights,
  ...publisherRights,
];

/** The DNS of a city's cluster. */
export const dnsObjects = ({ city, network }: CityConfig, images: readonly BuiltImage[]): Manifest[] =>
  clusterDns({
    city,
    address: dnsAddress(network.services),
    resolver: routerAddress(network.nodes),
    image: imageNamed(images, ownImages.dns).reference,
  });
