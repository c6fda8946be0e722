import { isKind } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

export const storageBinding = resourceRule({
  name: "storage-binding",
  title: "A StorageClass makes volumes where their first pod is, and lets them grow",
  severity: "medium",
  level: "mandatory",
  why: "A volume that is made before its pod is placed may be in a zone that the pod can't go to; one that can't grow stops the database when it is full.",
  remedy: "Set volumeBindingMode: WaitForFirstConsumer and allowVolumeExpansion: true.",
  parameters: noParameters,
  appliesTo: isKind("storage.k8s.io/StorageClass"),
  *judge({ inputs }) {
    if (inputs.at("volumeBindingMode").text() !== "WaitForFirstConsumer")
      yield "volumeBindingMode is not WaitForFirstConsumer.";
    if (inputs.at("allowVolumeExpansion").boolean() !== true) yield "allowVolumeExpansion is not true.";
  },
});
