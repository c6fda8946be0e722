/** A node of an OpenAPI 2 document or of a JSON schema. */
export type Schema = Record<string, unknown>;

/** The part of a Kubernetes OpenAPI document that schemas are made of (`api/openapi-spec/swagger.json`). */
export interface OpenApi {
  definitions: Readonly<Record<string, Schema>>;
}

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** File with everything that the schemas of the kinds refer to. */
export const definitionsFile = "_definitions.json";

/** Where kubeconform finds the schema of a kind within a directory. */
export const locationTemplate = "{{.ResourceKind}}{{.KindSuffix}}.json";

/** Texts that Kubernetes also takes as numbers. */
const numbersToo = new Set(["io.k8s.apimachinery.pkg.api.resource.Quantity"]);

/**
 * JSON schemas out of what the API server says of itself: one for each kind, and one with the definitions that they
 * share. They are strict: a field that the API does not know is an error, where the API server would drop it in silence.
 * @returns schemas by the name of their file.
 */
export function schemasOf({ definitions }: OpenApi): Map<string, Schema> {
  const strictDefinitions = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [
      name,
      numbersToo.has(name) ? { type: ["string", "number"] } : strict(schema),
    ]),
  );
  const kinds = Object.entries(definitions).flatMap(([name, schema]) =>
    ((schema["x-kubernetes-group-version-kind"] ?? []) as GroupVersionKind[]).map(
      (kind) => [fileOf(kind), { $ref: `${definitionsFile}#/definitions/${name}` }] as const,
    ),
  );
  return new Map<string, Schema>([[definitionsFile, { definitions: strictDefinitions }], ...kinds]);
}

/** As `locationTemplate` names it: of the group only what is before the first dot. */
export function fileOf({ group, version, kind }: GroupVersionKind): string {
  const suffix = [group.split(".")[0], version].filter((part) => part !== "").join("-");
  return `${kind}-${suffix}.json`.toLowerCase();
}

function strict(schema: Schema): Schema {
  if (schema.format === "int-or-string") return { type: ["string", "integer"] };
  const isClosed = "properties" in schema && !("additionalProperties" in schema);
  return {
    ...Object.fromEntries(
      Object.entries(schema)
        .filter(([keyword]) => !keyword.startsWith("x-kubernetes-"))
        .map(([keyword, value]) => [keyword, strictKeyword(keyword, value)]),
    ),
    ...(isClosed && { additionalProperties: false }),
  };
}

function strictKeyword(keyword: string, value: unknown): unknown {
  if (keyword === "properties")
    return Object.fromEntries(
      Object.entries(value as Record<string, Schema>).map(([key, item]) => [key, strict(item)]),
    );
  return typeof value === "object" && !Array.isArray(value) && value !== null ? strict(value as Schema) : value;
}
