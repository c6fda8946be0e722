import * as kubernetes from "@pulumi/kubernetes";
import { capture, type CapturedResource } from "../../local/render/capture.js";
import { fixtures } from "../../local/render/fixtures.js";
import { withoutStacks } from "./withoutStacks.js";

/** What a function registers with an explicit Kubernetes provider; the provider itself is left out. */
export async function register(resources: (provider: kubernetes.Provider) => unknown): Promise<CapturedResource[]> {
  const program = () => {
    resources(new kubernetes.Provider("test", { context: "test" }));
    return {};
  };
  const stack = { project: "nusantara", stack: "test", config: {}, secretKeys: [] };
  const { resources: captured } = await withoutStacks(() => capture({ ...stack, program, surroundings: fixtures }));
  return captured.filter(({ type }) => !type.startsWith("pulumi:providers:"));
}
