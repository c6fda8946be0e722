import { hasImages, imagesOf, parseImage } from "../kubernetes/image.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const imageDigest = resourceRule({
  name: "image-digest",
  title: "Images are pinned by digest",
  severity: "high",
  level: "mandatory",
  why: "A tag can be moved: what runs tomorrow on a new node may not be what was tested.",
  remedy: "Write the reference as repository:version@sha256:<64 hexadecimal digits>.",
  parameters: noParameters,
  appliesTo: hasImages,
  *judge(resource) {
    for (const image of imagesOf(resource))
      if (!/^sha256:[0-9a-f]{64}$/.test(parseImage(image.text() ?? "").digest ?? ""))
        yield `${image.path} has no digest.`;
  },
});
