import { containerRule } from "../kubernetes/containerRule.js";

/** What Pod Security restricted lets a container add. */
const allowed = new Set(["NET_BIND_SERVICE"]);

export const dropCapabilities = containerRule({
  name: "drop-capabilities",
  title: "Containers drop all capabilities",
  severity: "high",
  why: "The capabilities that a runtime gives by default are enough to spoof packets and to change owners of files.",
  remedy: "Set securityContext.capabilities.drop: [ALL] on the container and add none but NET_BIND_SERVICE.",
  *judge(container) {
    const capabilities = container.at("securityContext", "capabilities");
    if (!capabilities.at("drop").texts().includes("ALL")) yield "does not drop ALL capabilities";
    const added = capabilities
      .at("add")
      .texts()
      .filter((capability) => !allowed.has(capability));
    if (added.length > 0) yield `adds the capabilities ${added.join(", ")}`;
  },
});
