import { z } from "zod";
import { hasImages, imagesOf, parseImage } from "../kubernetes/image.js";
import { resourceRule } from "../rule.js";
import { isAtLeast } from "../version.js";

const clusters = ["aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"];

export const versionFloor = resourceRule({
  name: "version-floor",
  title: "Nothing goes back behind the version that its data or its cluster has seen",
  severity: "high",
  level: "mandatory",
  why: "A control plane can't be taken back a minor, and a database does not start on data of a later version.",
  remedy:
    "Deploy the recorded version or a later one. The parameters images and kubernetes record the lowest; raise them with each release that can't be taken back.",
  parameters: z.strictObject({
    /** The lowest tag of an image, by repository. A tag that is no version is refused for them. */
    images: z.record(z.string(), z.string()).default({}),
    /** The lowest version of a Kubernetes control plane and its nodes. */
    kubernetes: z.string().optional(),
  }),
  appliesTo: (resource) => hasImages(resource) || clusters.includes(resource.type),
  *judge(resource, { images, kubernetes }) {
    if (clusters.includes(resource.type)) {
      const version = resource.inputs.at("version").text();
      if (kubernetes === undefined) return;
      if (version === undefined) yield "version is not set, so AWS chooses one.";
      else if (isAtLeast(version, kubernetes) !== true) yield `Version ${version} is below ${kubernetes}.`;
      return;
    }
    for (const image of imagesOf(resource)) {
      const { repository, tag = "" } = parseImage(image.text() ?? "");
      const least = images[repository];
      if (least !== undefined && isAtLeast(tag, least) !== true)
        yield `${image.path}: ${repository} must be at least ${least}, and its tag is "${tag}".`;
    }
  },
});
