import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const explicitProvider = resourceRule({
  name: "explicit-provider",
  title: "Every resource names its provider",
  severity: "high",
  level: "mandatory",
  why: "The default provider takes the cluster or the account that the caller happens to point at.",
  remedy:
    "Pass the option provider, or providers to the component, and list the package in pulumi:disable-default-providers.",
  parameters: noParameters,
  appliesTo: ({ provider }) => provider !== undefined,
  *judge({ provider }) {
    // The engine calls it `default`, and `default_4_34_2` where the program asks for a version.
    if (provider !== undefined && /^default(_|$)/.test(provider.name)) yield "It is made by the default provider.";
  },
});
