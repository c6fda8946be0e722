import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

const nodeGroup = "aws:eks/nodeGroup:NodeGroup";
const types = ["aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate", nodeGroup];

export const imdsv2 = resourceRule({
  name: "imdsv2",
  title: "Machines give their credentials only to themselves",
  severity: "high",
  level: "mandatory",
  why: "With the first version of the metadata service, or with more than one hop, a pod that can be made to fetch a URL hands out its node's credentials.",
  remedy:
    "Set metadataOptions.httpTokens: required and httpPutResponseHopLimit: 1 in the launch template, and name that in the node group.",
  parameters: noParameters,
  appliesTo: ({ type }) => types.includes(type),
  *judge({ type, inputs }) {
    if (type === nodeGroup) {
      if (!inputs.at("launchTemplate").isGiven) yield "It has no launchTemplate, so AWS chooses the options.";
      return;
    }
    const options = inputs.at("metadataOptions");
    if (options.at("httpEndpoint").text() === "disabled") return;
    if (options.at("httpTokens").text() !== "required") yield "metadataOptions.httpTokens is not required.";
    if (options.at("httpPutResponseHopLimit").number() !== 1) yield "metadataOptions.httpPutResponseHopLimit is not 1.";
  },
});
