import type { Field } from "../model/field.js";
import { isKind } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const ingressTls = resourceRule({
  name: "ingress-tls",
  title: "Every host of an Ingress is named and served over TLS",
  severity: "high",
  level: "mandatory",
  why: "A host without a certificate is served in plain text; a wildcard or a missing host takes traffic that is meant for others.",
  remedy: "Give each rule a host, and name it under tls with a secretName; set ingressClassName.",
  parameters: noParameters,
  appliesTo: isKind("networking.k8s.io/Ingress"),
  *judge({ inputs }) {
    const spec = inputs.at("spec");
    if (!spec.at("ingressClassName").isSet) yield "ingressClassName is not set.";
    if (spec.at("defaultBackend").isSet) yield "defaultBackend takes every host, over TLS or not.";
    const served = spec.at("tls").list().filter(hasCertificate);
    const hosts = new Set(served.flatMap((entry) => entry.at("hosts").texts()));
    for (const rule of spec.at("rules").list()) {
      const host = rule.at("host").text() ?? "";
      if (host === "") yield `${rule.path} has no host.`;
      else if (host.includes("*")) yield `${rule.path} takes every host of a domain.`;
      else if (!hosts.has(host)) yield `${rule.path}: no entry of tls with a secretName names its host.`;
    }
    yield* judgeAnnotations(inputs.at("metadata", "annotations"));
  },
});

// A certificate that is not known yet is one all the same.
const hasCertificate = (entry: Field): boolean => entry.at("secretName").isGiven;

function* judgeAnnotations(annotations: Field): Iterable<string> {
  for (const [key, value] of annotations.entries()) {
    if (key.endsWith("/ssl-redirect") && value.truth() === false)
      yield `Annotation ${key} turns the redirect to TLS off.`;
    if (/\/[a-z-]*-snippet$/.test(key)) yield `Annotation ${key} writes into the controller's configuration.`;
  }
}
