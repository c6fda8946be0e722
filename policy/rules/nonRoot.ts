import { containerRule } from "../kubernetes/containerRule.js";
import { effective } from "../kubernetes/securityContext.js";

/** Below it, distributions give users to services of the host. */
const lowest = 10_000;

export const nonRoot = containerRule({
  name: "non-root",
  title: "Containers run as a user of their own, never as root",
  severity: "high",
  why: "Who breaks out of a container as root is root on the node, and a low user may be somebody there.",
  remedy: `Set runAsNonRoot: true and runAsUser of at least ${lowest} in the securityContext of the pod or the container.`,
  *judge(container, podSpec) {
    if (effective(podSpec, container, "runAsNonRoot").boolean() !== true) yield "may run as root (runAsNonRoot)";
    const user = effective(podSpec, container, "runAsUser").number();
    if (user === undefined) yield "leaves its user to the image (runAsUser)";
    else if (user < lowest) yield `runs as user ${user}, which the node may know`;
  },
});
