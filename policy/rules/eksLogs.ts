import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

const wanted = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

export const eksLogs = resourceRule({
  name: "eks-logs",
  title: "An EKS cluster writes all logs of its control plane",
  severity: "high",
  level: "mandatory",
  why: "Who did what to the cluster is in these logs, and only if they were on before it happened.",
  remedy: `Set enabledClusterLogTypes to ${wanted.join(", ")}.`,
  parameters: noParameters,
  appliesTo: ({ type }) => type === "aws:eks/cluster:Cluster",
  *judge({ inputs }) {
    const enabled = inputs.at("enabledClusterLogTypes").texts();
    const missing = wanted.filter((log) => !enabled.includes(log));
    if (missing.length > 0) yield `enabledClusterLogTypes has no ${missing.join(", ")}.`;
  },
});
