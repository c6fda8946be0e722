import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const registryImmutable = resourceRule({
  name: "registry-immutable",
  title: "A registry neither moves tags nor takes images unseen",
  severity: "medium",
  level: "mandatory",
  why: "Where a tag can be moved, whoever may push changes what is already approved.",
  remedy: "Set imageTagMutability: IMMUTABLE and imageScanningConfiguration.scanOnPush: true.",
  parameters: noParameters,
  appliesTo: ({ type }) => type === "aws:ecr/repository:Repository",
  *judge({ inputs }) {
    if (inputs.at("imageTagMutability").text() !== "IMMUTABLE") yield "imageTagMutability is not IMMUTABLE.";
    if (inputs.at("imageScanningConfiguration", "scanOnPush").truth() !== true) yield "Images are not scanned on push.";
    if (inputs.at("forceDelete").truth() === true) yield "forceDelete deletes its images with it.";
  },
});
