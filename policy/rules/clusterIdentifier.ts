import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const clusterIdentifier = resourceRule({
  name: "cluster-identifier",
  title: "A Kubernetes provider has a fixed clusterIdentifier",
  severity: "high",
  level: "mandatory",
  why: "Without one, a new address or certificate in the kubeconfig looks like another cluster, and every object is replaced.",
  remedy: "Set clusterIdentifier to a text that does not depend on any resource.",
  parameters: noParameters,
  appliesTo: ({ type }) => type === "pulumi:providers:kubernetes",
  *judge({ inputs }) {
    if ((inputs.at("clusterIdentifier").text() ?? "") === "") yield "clusterIdentifier is not set.";
  },
});
