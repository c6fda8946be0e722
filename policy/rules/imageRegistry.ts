import { z } from "zod";
import { hasImages, imagesOf, parseImage } from "../kubernetes/image.js";
import { resourceRule } from "../rule.js";

export const imageRegistry = resourceRule({
  name: "image-registry",
  title: "Images come from registries that we trust",
  severity: "high",
  level: "mandatory",
  why: "Anybody can publish an image under a likely name, and public registries limit how often nodes may pull.",
  remedy:
    "Copy the image into one of the registries of the parameter registries, or add its registry there after a review.",
  parameters: z.strictObject({
    /** Registry and path that a repository must begin with, each with a slash at its end. */
    registries: z.array(z.string().endsWith("/")).default([]),
  }),
  appliesTo: hasImages,
  *judge(resource, { registries }) {
    for (const image of imagesOf(resource)) {
      const { repository } = parseImage(image.text() ?? "");
      if (!registries.some((registry) => repository.startsWith(registry)))
        yield `${image.path}: its repository "${repository}" is in none of the allowed registries.`;
    }
  },
});
