import { isKind } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const noNodePort = resourceRule({
  name: "no-node-port",
  title: "No Service opens a port of the nodes or takes addresses from outside",
  severity: "medium",
  level: "mandatory",
  why: "A node port is open on every node, past every Ingress; with externalIPs a Service can take over somebody else's address.",
  remedy: "Use ClusterIP and an Ingress.",
  parameters: noParameters,
  appliesTo: isKind("Service"),
  *judge({ inputs }) {
    const spec = inputs.at("spec");
    if (spec.at("type").text() === "NodePort") yield "Its type is NodePort.";
    if (spec.at("externalIPs").list().length > 0) yield "It has externalIPs.";
  },
});
