import { containerRule } from "../kubernetes/containerRule.js";

export const resourceBounds = containerRule({
  name: "resource-bounds",
  title: "Containers request CPU and memory, and have a limit of memory",
  severity: "high",
  why: "Without requests the scheduler overfills nodes; without a limit one leak takes every pod of the node with it.",
  remedy: "Set resources.requests.cpu, resources.requests.memory and resources.limits.memory.",
  *judge(container) {
    const resources = container.at("resources");
    for (const path of [["requests", "cpu"] as const, ["requests", "memory"] as const, ["limits", "memory"] as const])
      if (resources.at(...path).numberOrText() === undefined) yield `has no resources.${path.join(".")}`;
  },
});
