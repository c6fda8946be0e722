/** How Pulumi marks a secret in a serialized value: `sdk/nodejs/runtime/rpc.ts`, `specialSigKey` and `specialSecretSig`. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** What stands in for a secret wherever people can see it. */
export const redacted = "[secret]";

const isSecret = (value: object): value is { value: unknown } =>
  (value as Record<string, unknown>)[signatureKey] === secretSignature;

/** The value with every secret replaced by what `replace` makes of it. */
function mapSecrets(value: unknown, replace: (secret: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapSecrets(item, replace));
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return replace(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapSecrets(item, replace)]));
}

/** The value in plain text. */
export const unwrapSecrets = (value: unknown): unknown => mapSecrets(value, (secret) => unwrapSecrets(secret));

/** The value with `[secret]` in place of each secret. A Secret's data keep their keys. */
export const redactSecrets = (value: unknown): unknown => mapSecrets(value, redactLeaves);

function redactLeaves(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactLeaves);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactLeaves(item)]));
  }
  return redacted;
}
