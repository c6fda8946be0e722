import { containerRule } from "../kubernetes/containerRule.js";

export const noPrivileged = containerRule({
  name: "no-privileged",
  title: "No container is privileged",
  severity: "critical",
  why: "A privileged container is root on its node.",
  remedy: "Remove securityContext.privileged; add the one capability that is needed, if any.",
  *judge(container) {
    if (container.at("securityContext", "privileged").boolean() === true) yield "is privileged";
  },
});
