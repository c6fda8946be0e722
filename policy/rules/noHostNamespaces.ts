import { containersOf, isWorkload, podSpecOf } from "../kubernetes/workload.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const noHostNamespaces = resourceRule({
  name: "no-host-namespaces",
  title: "Pods share neither network nor processes with their node",
  severity: "high",
  level: "mandatory",
  why: "In the node's network a pod is past every NetworkPolicy and reads the node's credentials; among its processes it reads their memory.",
  remedy: "Remove hostNetwork, hostPID, hostIPC and hostPort; use a Service.",
  parameters: noParameters,
  appliesTo: isWorkload,
  *judge(workload) {
    const podSpec = podSpecOf(workload);
    for (const field of ["hostNetwork", "hostPID", "hostIPC"])
      if (podSpec.at(field).boolean() === true) yield `${field} is true.`;
    for (const container of containersOf(podSpec))
      for (const port of container.at("ports").list())
        if ((port.at("hostPort").number() ?? 0) !== 0) yield `${port.path} opens a port of the node.`;
  },
});
