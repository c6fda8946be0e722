import { z } from "zod";
import type { Resource } from "../model/resource.js";
import { kindOf } from "../kubernetes/objectType.js";
import { objectName, namespaceOf } from "../kubernetes/metadata.js";
import { isWorkload, podSpecOf } from "../kubernetes/workload.js";
import { resourceRule } from "../rule.js";

const volume = "PersistentVolume";

export const noHostPath = resourceRule({
  name: "no-host-path",
  title: "Nothing reads or writes the file system of a node",
  severity: "high",
  level: "mandatory",
  why: "A path of the host is a way out of the container, and data on it is bound to one node and lost with it.",
  remedy:
    "Use a claim, an emptyDir, a ConfigMap or a Secret. Name what truly needs the host, such as a log collector, in the parameter allowed.",
  parameters: z.strictObject({
    /** `<namespace>/<name>` of workloads, or names of volumes, that may. */
    allowed: z.array(z.string()).default([]),
  }),
  appliesTo: (resource) => isWorkload(resource) || kindOf(resource) === volume,
  *judge(resource, { allowed }) {
    for (const fault of kindOf(resource) === volume ? inVolume(resource) : inPods(resource)) {
      const name = objectName(resource) ?? "";
      if (!allowed.includes(kindOf(resource) === volume ? name : `${namespaceOf(resource)}/${name}`)) yield fault;
    }
  },
});

function* inVolume({ inputs }: Resource): Iterable<string> {
  for (const source of ["hostPath", "local"])
    if (inputs.at("spec", source).isGiven) yield `Its data is in a directory of one node (${source}).`;
}

function* inPods(workload: Resource): Iterable<string> {
  for (const each of podSpecOf(workload).at("volumes").list())
    if (each.at("hostPath").isGiven) yield `${each.path} is a hostPath.`;
}
