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

/** The part of a definition of custom resources that schemas are made of (apiextensions.k8s.io/v1). */
export interface CustomResourceDefinition {
  kind: "CustomResourceDefinition";
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema?: { openAPIV3Schema?: Schema } }[];
  };
}

/** What every object has; definitions need not say it. */
const ofEveryObject = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" } };

/** Strict JSON schemas of custom resources, one for each version of a kind, by the name of their file. */
export const customSchemasOf = (definitions: readonly CustomResourceDefinition[]): Map<string, Schema> =>
  new Map(
    definitions.flatMap(({ spec: { group, names, versions } }) =>
      versions.map(({ name, schema }) => {
        const root = schema?.openAPIV3Schema ?? {};
        const properties = { ...ofEveryObject, ...(root.properties as Schema | undefined) };
        return [fileOf({ group, version: name, kind: names.kind }), strict({ ...root, properties })] as const;
      }),
    ),
  );

/** As `locationTemplate` names it: of the group only what is before the first dot. */
export function fileOf({ group, version, kind }: GroupVersionKind): string {
  const suffix = [group.split(".")[0], version].filter((part) => part !== "").join("-");
  return `${kind}-${suffix}.json`.toLowerCase();
}

function strict(schema: Schema): Schema {
  if (schema.format === "int-or-string" || schema["x-kubernetes-int-or-string"] === true)
    return { type: ["string", "integer"] };
  const takesAnything = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const isClosed = "properties" in schema && !("additionalProperties" in schema) && !takesAnything;
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
  // A condition says what must hold besides; it does not know all fields.
  if (keyword === "not") return value;
  return typeof value === "object" && !Array.isArray(value) && value !== null ? strict(value as Schema) : value;
}
