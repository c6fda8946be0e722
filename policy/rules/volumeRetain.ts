import { isKind } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

/** M8 */
export const volumeRetain = resourceRule({
  name: "volume-retain",
  title: "A PersistentVolume outlives its claim",
  severity: "critical",
  level: "mandatory",
  why: "With Delete or Recycle the data goes with the claim.",
  remedy: "Set persistentVolumeReclaimPolicy: Retain.",
  parameters: noParameters,
  appliesTo: isKind("PersistentVolume"),
  *judge(volume) {
    // A volume that somebody makes by hand is retained by default.
    const policy = volume.inputs.at("spec", "persistentVolumeReclaimPolicy").text() ?? "Retain";
    if (policy !== "Retain") yield `persistentVolumeReclaimPolicy is ${policy}.`;
  },
});
