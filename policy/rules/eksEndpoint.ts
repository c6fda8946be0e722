import { isEverywhere } from "../addresses.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const eksEndpoint = resourceRule({
  name: "eks-endpoint",
  title: "The API server of an EKS cluster is not open to the Internet",
  severity: "critical",
  level: "mandatory",
  why: "A public endpoint is one stolen token away from the whole cluster, and the target of every scan.",
  remedy:
    "Set vpcConfig.endpointPrivateAccess: true, and endpointPublicAccess: false or publicAccessCidrs to the few ranges that need it.",
  parameters: noParameters,
  appliesTo: ({ type }) => type === "aws:eks/cluster:Cluster",
  *judge({ inputs }) {
    const network = inputs.at("vpcConfig");
    if (network.at("endpointPrivateAccess").truth() !== true) yield "vpcConfig.endpointPrivateAccess is not true.";
    if (network.at("endpointPublicAccess").truth() === false) return;
    const ranges = network.at("publicAccessCidrs").texts();
    if (ranges.length === 0 || ranges.some(isEverywhere)) yield "Its endpoint lets every address in.";
  },
});
