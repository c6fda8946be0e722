import type { Resource } from "../model/resource.js";

/** Name of the object in its cluster; undefined where the provider makes one up. */
export const objectName = ({ inputs }: Resource): string | undefined => inputs.at("metadata", "name").text();

/** Namespace of the object; `default` where none is set, as the API server has it. */
export const namespaceOf = ({ inputs }: Resource): string => inputs.at("metadata", "namespace").text() ?? "default";

export const labelsOf = ({ inputs }: Resource): Record<string, string> => inputs.at("metadata", "labels").textsByKey();

/** `<namespace>/<name>`, as parameters name objects. */
export const qualifiedName = (resource: Resource): string => `${namespaceOf(resource)}/${objectName(resource) ?? ""}`;
