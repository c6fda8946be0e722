import * as pulumi from "@pulumi/pulumi";
import type { CapturedResource } from "../../../local/render/capture.js";
import { redactSecrets, unwrapSecrets } from "../../../local/render/secrets.js";
import { bundleNames, bundles } from "../../support/bundles.js";
import { containerOf, objectOf, objectsOf, podTemplateOf } from "../../support/objects.js";

const environment = { LOG_LEVEL: "info", CITY: "jakarta" };
const secrets = { "signing-key": pulumi.secret("hunter2"), "api-key": "swordfish" };
const encoded = ["hunter2", "swordfish"].map((text) => Buffer.from(text).toString("base64"));

/** Annotations that start new pods when they change. */
function checksums(resources: readonly CapturedResource[]): Record<string, string> {
  const plain = resources.map((resource) => ({
    ...resource,
    inputs: unwrapSecrets(resource.inputs) as CapturedResource["inputs"],
  }));
  const { annotations } = podTemplateOf(plain).metadata;
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key.endsWith("-checksum")));
}

describe.each(bundleNames)("the configuration of a %s", (name) => {
  const register = bundles[name];

  test("is in a ConfigMap that the container takes as its environment", async () => {
    const resources = await register({ environment });
    const { metadata, data } = objectOf(resources, "ConfigMap");
    expect(data).toEqual(environment);
    expect(containerOf(podTemplateOf(resources)).envFrom).toEqual([{ configMapRef: { name: metadata.name } }]);
  });

  test("is in a Secret that is mounted read-only, when it is secret: never in the environment", async () => {
    const resources = await register({ secrets });
    const template = podTemplateOf(resources);
    expect(containerOf(template)).not.toHaveProperty("env");
    expect(containerOf(template)).not.toHaveProperty("envFrom");
    expect(containerOf(template).volumeMounts).toContainEqual({
      name: "secrets",
      mountPath: "/run/secrets",
      readOnly: true,
    });
    expect(template.spec.volumes).toContainEqual({
      name: "secrets",
      secret: { secretName: objectOf(resources, "Secret").metadata.name, defaultMode: 0o440 },
    });
  });

  test("stays a secret all the way: what is captured has its values only as secrets", async () => {
    const resources = await register({ secrets, environment });
    const plain = JSON.stringify(resources.map(({ inputs }) => unwrapSecrets(inputs)));
    const shown = JSON.stringify(resources.map(({ inputs }) => redactSecrets(inputs)));
    for (const value of encoded) expect(plain).toContain(value);
    for (const value of [...encoded, "hunter2", "swordfish"]) expect(shown).not.toContain(value);
    expect(objectOf(resources, "Secret").data).toEqual({ "signing-key": "[secret]", "api-key": "[secret]" });
  });

  test("rolls the pods when a value changes, and only then", async () => {
    const before = checksums(await register({ environment, secrets }));
    expect(Object.keys(before)).toEqual(["nusantara.io/config-checksum", "nusantara.io/secrets-checksum"]);

    const reordered = { CITY: environment.CITY, LOG_LEVEL: environment.LOG_LEVEL };
    expect(checksums(await register({ environment: reordered, secrets }))).toEqual(before);

    const config = checksums(await register({ environment: { ...environment, LOG_LEVEL: "debug" }, secrets }));
    expect(config["nusantara.io/config-checksum"]).not.toBe(before["nusantara.io/config-checksum"]);
    expect(config["nusantara.io/secrets-checksum"]).toBe(before["nusantara.io/secrets-checksum"]);

    const rotated = checksums(await register({ environment, secrets: { ...secrets, "api-key": "sharkfish" } }));
    expect(rotated["nusantara.io/config-checksum"]).toBe(before["nusantara.io/config-checksum"]);
    expect(rotated["nusantara.io/secrets-checksum"]).not.toBe(before["nusantara.io/secrets-checksum"]);
  });

  test("leaves no ConfigMap and no Secret where there is none", async () => {
    for (const resources of [await register(), await register({ environment: {}, secrets: {} })]) {
      expect([...objectsOf(resources, "ConfigMap"), ...objectsOf(resources, "Secret")]).toEqual([]);
      expect(podTemplateOf(resources).spec.volumes.map(({ name: volume }) => volume)).toEqual(["tmp"]);
    }
  });

  test("names the Secrets that its image is pulled with", async () => {
    const resources = await register({ imagePullSecrets: ["registry-credentials"] });
    expect(podTemplateOf(resources).spec.imagePullSecrets).toEqual([{ name: "registry-credentials" }]);
  });
});
