import { z } from "zod";

/** Registry and path of images, without a scheme and without an image's name. */
export const registry = z
  .string()
  .regex(
    /^[a-z0-9]+([._-][a-z0-9]+)*(:\d+)?(\/[a-z0-9]+([._-][a-z0-9]+)*)*$/,
    'is no registry; write for example "ghcr.io/nusantaramart"',
  );
