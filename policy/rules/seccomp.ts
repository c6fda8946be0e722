import { containerRule } from "../kubernetes/containerRule.js";
import { effective } from "../kubernetes/securityContext.js";

export const seccomp = containerRule({
  name: "seccomp",
  title: "Containers have a seccomp profile",
  severity: "medium",
  why: "Without one, a container may call every function of the kernel, and most ways out go through the rare ones.",
  remedy: "Set seccompProfile.type: RuntimeDefault in the securityContext of the pod.",
  *judge(container, podSpec) {
    const type = effective(podSpec, container, "seccompProfile").at("type").text();
    if (type !== "RuntimeDefault" && type !== "Localhost") yield "has no seccomp profile";
  },
});
