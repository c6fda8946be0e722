import { isKind } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const noBarePod = resourceRule({
  name: "no-bare-pod",
  title: "Pods are started by something that starts them again",
  severity: "medium",
  level: "mandatory",
  why: "A pod by itself is gone with its node, and a ReplicaSet or ReplicationController by itself can't roll anything out.",
  remedy: "Register a Deployment, a StatefulSet, a DaemonSet, a Job or a CronJob.",
  parameters: noParameters,
  appliesTo: isKind("Pod", "ReplicationController", "apps/ReplicaSet"),
  *judge() {
    yield "It is nothing that starts its pods anew elsewhere or rolls them out.";
  },
});
