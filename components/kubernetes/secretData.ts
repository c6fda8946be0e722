import * as pulumi from "@pulumi/pulumi";

/**
 * Values as a Secret's `data`. Its `stringData` is write-only: under server-side apply nothing would own the fields
 * that it turns into, so a removed key would stay.
 */
export function secretData(
  values: Readonly<Record<string, pulumi.Input<string>>>,
): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      pulumi.secret(pulumi.output(value).apply((text) => Buffer.from(text, "utf8").toString("base64"))),
    ]),
  );
}
