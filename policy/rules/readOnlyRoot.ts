import { containerRule } from "../kubernetes/containerRule.js";

export const readOnlyRoot = containerRule({
  name: "read-only-root",
  title: "Containers can't write to their own file system",
  severity: "medium",
  why: "Where the root file system is writable, an intruder's programs stay, and a full one takes the node's disk.",
  remedy: "Set securityContext.readOnlyRootFilesystem: true and mount an emptyDir where the program must write.",
  *judge(container) {
    if (container.at("securityContext", "readOnlyRootFilesystem").boolean() !== true)
      yield "has a writable root file system";
  },
});
