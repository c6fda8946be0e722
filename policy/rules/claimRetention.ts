import { isKind } from "../kubernetes/objectType.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

/** M8 */
export const claimRetention = resourceRule({
  name: "claim-retention",
  title: "A StatefulSet says that its claims stay when it is deleted or scaled down",
  severity: "critical",
  level: "mandatory",
  why: "With Delete, scaling a database down or replacing its set deletes the claims of its members.",
  remedy: "Set persistentVolumeClaimRetentionPolicy to whenDeleted: Retain and whenScaled: Retain.",
  parameters: noParameters,
  appliesTo: isKind("apps/StatefulSet"),
  *judge(set) {
    const spec = set.inputs.at("spec");
    if (spec.at("volumeClaimTemplates").list().length === 0) return;
    for (const event of ["whenDeleted", "whenScaled"]) {
      const policy = spec.at("persistentVolumeClaimRetentionPolicy", event).text();
      if (policy !== "Retain") yield `persistentVolumeClaimRetentionPolicy.${event} is ${policy ?? "not set"}.`;
    }
  },
});
