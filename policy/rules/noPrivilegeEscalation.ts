import { containerRule } from "../kubernetes/containerRule.js";

export const noPrivilegeEscalation = containerRule({
  name: "no-privilege-escalation",
  title: "No process gains more rights than the one that started it",
  severity: "high",
  why: "By default a set-uid program in the image makes root out of any user.",
  remedy: "Set securityContext.allowPrivilegeEscalation: false on the container.",
  *judge(container) {
    if (container.at("securityContext", "allowPrivilegeEscalation").boolean() !== false)
      yield "allows privilege escalation";
  },
});
