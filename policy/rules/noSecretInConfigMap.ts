import { isKind } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";
import { holdsSecret, namesSecret } from "../secrets.js";

export const noSecretInConfigMap = resourceRule({
  name: "no-secret-in-config-map",
  title: "No ConfigMap holds a secret",
  severity: "high",
  level: "mandatory",
  why: "ConfigMaps are neither encrypted at rest nor kept from people who may look around.",
  remedy: "Move the entry into a Secret.",
  parameters: noParameters,
  appliesTo: isKind("ConfigMap"),
  *judge({ inputs }) {
    for (const [key, value] of inputs.at("data").entries()) {
      if (namesSecret(key)) yield `The name of data.${key} is that of a secret.`;
      else if (holdsSecret(value.text() ?? "")) yield `data.${key} holds a secret.`;
    }
    for (const [key, value] of inputs.at("binaryData").entries()) {
      if (namesSecret(key)) yield `The name of binaryData.${key} is that of a secret.`;
      else if (holdsSecret(Buffer.from(value.text() ?? "", "base64").toString("latin1")))
        yield `binaryData.${key} holds a secret.`;
    }
  },
});
