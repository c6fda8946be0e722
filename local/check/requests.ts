import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { CapturedResource } from "../render/capture.js";

/** What a pack is asked about a resource before it is changed. Secrets are marked as the engine marks them. */
export function analyzeRequest(resource: CapturedResource): messages.AnalyzeRequest {
  const request = new messages.AnalyzeRequest();
  fill(request, resource, resource.inputs);
  return request;
}

/**
 * What a pack is asked about the whole stack.
 * @param outputsOf what a provider has made of a resource's inputs by then; nothing at all on the first preview of a
 * cluster.
 */
export function analyzeStackRequest(
  resources: readonly CapturedResource[],
  outputsOf: (resource: CapturedResource) => Record<string, unknown>,
): messages.AnalyzeStackRequest {
  const request = new messages.AnalyzeStackRequest();
  request.setResourcesList(
    resources.map((resource) => {
      const message = new messages.AnalyzerResource();
      fill(message, resource, outputsOf(resource));
      message.setParent(resource.parent ?? "");
      message.setDependenciesList(resource.dependencies);
      return message;
    }),
  );
  return request;
}

const structs = new WeakMap<Record<string, unknown>, Struct>();

/** The same inputs are sent twice, and this is most of what sending takes. */
function structOf(properties: Record<string, unknown>): Struct {
  const struct = structs.get(properties) ?? Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
  structs.set(properties, struct);
  return struct;
}

function fill(
  message: messages.AnalyzeRequest | messages.AnalyzerResource,
  resource: CapturedResource,
  properties: Record<string, unknown>,
): void {
  message.setType(resource.type);
  message.setName(resource.name);
  message.setUrn(resource.urn);
  message.setProperties(structOf(properties));
  const options = new messages.AnalyzerResourceOptions();
  options.setProtect(resource.protect);
  options.setIgnorechangesList(resource.ignoreChanges);
  options.setParent(resource.parent ?? "");
  message.setOptions(options);
  message.setProvider(providerOf(resource));
}

function providerOf({ urn, type, custom, provider }: CapturedResource): messages.AnalyzerProviderResource | undefined {
  // Components and providers are made by none.
  if (!custom || type.startsWith("pulumi:")) return undefined;
  const packageName = type.split(":")[0] ?? "";
  // Where the program names no provider, the engine makes one of this name.
  const used = provider ?? `${urn.split("::").slice(0, 2).join("::")}::pulumi:providers:${packageName}::default`;
  const message = new messages.AnalyzerProviderResource();
  message.setUrn(used);
  message.setName(used.split("::").at(-1) ?? "");
  message.setType(`pulumi:providers:${packageName}`);
  message.setProperties(new Struct());
  return message;
}
