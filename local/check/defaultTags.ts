import type { CapturedResource, CapturedStack } from "../render/capture.js";

/** Tags that a provider gives to everything that takes tags. Providers get everything but text as JSON. */
function tagsOf({ inputs }: CapturedResource): Record<string, unknown> {
  if (typeof inputs.defaultTags !== "string") return {};
  const { tags } = JSON.parse(inputs.defaultTags) as { tags?: Record<string, unknown> };
  return tags ?? {};
}

/** What AWS's provider does when it checks inputs: its default tags come under `tagsAll`, below those of the resource. */
export function withDefaultTags(captured: CapturedStack): CapturedStack {
  const byUrn = new Map(captured.resources.map((resource) => [resource.urn, resource]));
  const resources = captured.resources.map((resource) => {
    const provider = byUrn.get(resource.provider ?? "");
    if (!resource.type.startsWith("aws:") || !provider) return resource;
    const own = (resource.inputs.tags ?? {}) as Record<string, unknown>;
    return { ...resource, inputs: { ...resource.inputs, tagsAll: { ...tagsOf(provider), ...own } } };
  });
  return { ...captured, resources };
}
