import type { Field } from "../model/field.js";
import { isKind } from "./objectType.js";
import type { Resource } from "../model/resource.js";
import { containersOf, isWorkload, podSpecOf } from "./workload.js";

/** The parts of an image reference. */
export interface ImageReference {
  /** Registry and repository. */
  repository: string;
  tag?: string;
  digest?: string;
}

const pattern = /^(?<repository>[^@]*?)(?::(?<tag>[^/:@]+))?(?:@(?<digest>.+))?$/;

/** `ghcr.io/shop/order:1.4.2@sha256:…` in its parts. */
export function parseImage(reference: string): ImageReference {
  const { repository = "", tag, digest } = pattern.exec(reference)?.groups ?? {};
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

const isCluster = isKind("postgresql.cnpg.io/Cluster");

/** Whatever names images. */
export const hasImages = (resource: Resource): boolean => isWorkload(resource) || isCluster(resource);

/** The places in which a resource names images. */
export const imagesOf = (resource: Resource): Field[] =>
  isCluster(resource)
    ? [resource.inputs.at("spec", "imageName")]
    : [
        ...containersOf(podSpecOf(resource)).map((container) => container.at("image")),
        ...podSpecOf(resource)
          .at("volumes")
          .list()
          .map((volume) => volume.at("image", "reference"))
          .filter((reference) => reference.isGiven),
      ];
