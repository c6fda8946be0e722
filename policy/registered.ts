import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import { Field } from "./model/field.js";
import type { Resource, Stack } from "./model/resource.js";
import { snapshot } from "./snapshot.js";

type Registration = Pick<ResourceValidationArgs, "urn" | "type" | "name" | "props" | "opts" | "provider">;

/** A resource out of what the SDK tells of it. */
function describe({ urn, type, name, props, opts, provider }: Registration, dependencies: readonly string[]): Resource {
  return {
    urn,
    type,
    name,
    inputs: new Field(snapshot(props), ""),
    protect: opts.protect,
    ...(provider && { provider: { urn: provider.urn, name: provider.name } }),
    dependencies,
  };
}

/**
 * The inputs that the engine showed, resource by resource. At the end it shows outputs only, and on the first preview of
 * a cluster those of every object in it are empty: a rule about them would find nothing to object to. So stacks are
 * judged by what is kept here.
 */
export class Registered {
  private readonly resources = new Map<string, Resource>();

  /** Keeps a resource as it is shown now. */
  add(args: ResourceValidationArgs): Resource {
    const resource = describe(args, []);
    this.resources.set(args.urn, resource);
    return resource;
  }

  /** What was kept of a resource: the SDK shows it anew to each rule, and reading it takes longer than judging it. */
  get(args: ResourceValidationArgs): Resource {
    return this.resources.get(args.urn) ?? this.add(args);
  }

  /**
   * What the stack consists of now: resources that were kept but are no part of it any more are left out.
   * @throws Error when nothing was kept: then no resource was judged at all.
   */
  stackOf(shown: readonly PolicyResource[]): Stack {
    if (shown.length > 0 && this.resources.size === 0)
      throw new Error("no resource was shown to the pack before the stack: is its policy registered-inputs disabled?");
    return {
      resources: shown.map((each) => {
        const dependencies = each.dependencies.map(({ urn }) => urn);
        const kept = this.resources.get(each.urn);
        // Only resources that are read, not made, come without having been shown before.
        return kept === undefined ? describe(each, dependencies) : { ...kept, dependencies };
      }),
    };
  }
}
