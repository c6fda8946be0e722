import { humanReport } from "../../../local/check/humanReport.js";
import { sarifReport } from "../../../local/check/sarifReport.js";
import { merged, type Violation } from "../../../local/check/violation.js";

const violation: Violation = {
  rule: "zone-spread",
  urn: "urn:pulumi:jakarta::nusantara::a:b:C$kubernetes:apps/v1:StatefulSet::core",
  isMandatory: true,
  severity: "medium",
  title: "Replicas spread over zones.",
  message: "It has none.\n→ Add one.\n  docs/policy-rules.md#zone-spread",
  foundIn: ["jakarta, local, preview"],
};
const rules = [{ name: "zone-spread", title: "Replicas spread over zones.", remedy: "Add one.", url: "docs#x" }];
const runs = [{ run: "jakarta, local, preview", resources: 87 }];

test("the same violation in several runs is one, and another resource's is another", () => {
  const again = { ...violation, foundIn: ["jakarta, local, update"] };
  const other = { ...violation, urn: "urn:pulumi:bandung::nusantara::x::core" };
  expect(merged([violation, again, other]).map(({ foundIn }) => foundIn)).toEqual([
    ["jakarta, local, preview", "jakarta, local, update"],
    ["jakarta, local, preview"],
  ]);
});

test("people read the rule once, where it is broken, how to mend it, and where to read on", () => {
  expect(humanReport({ runs, rules, violations: [violation] })).toBe(
    [
      "✖ zone-spread (medium): Replicas spread over zones.",
      "    jakarta: kubernetes:apps/v1:StatefulSet core: It has none.  [jakarta, local, preview]",
      "  → Add one.",
      "    docs/policy-rules.md#zone-spread",
      "",
      "✖ 1 violations stop a deployment, 0 more to look at: 87 resources in 1 runs (jakarta, local, preview).",
    ].join("\n"),
  );
});

test("nothing found says what was looked at", () => {
  expect(humanReport({ runs, rules, violations: [] })).toMatch(/^✔ Nothing stops a deployment: 87 resources/);
});

test("code hosts get the rule, its level, the stack's file and the resource", () => {
  const [run] = sarifReport({
    runs,
    rules,
    violations: [violation, { ...violation, urn: "", isMandatory: false }],
  }).runs;
  expect(run?.tool.driver.rules).toMatchObject([{ id: "zone-spread", help: { text: "Add one. See docs#x." } }]);
  expect(run?.results).toMatchObject([
    {
      ruleId: "zone-spread",
      ruleIndex: 0,
      level: "error",
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: "Pulumi.jakarta.yaml" } },
          logicalLocations: [{ fullyQualifiedName: violation.urn }],
        },
      ],
    },
    { level: "note", locations: [{ physicalLocation: { artifactLocation: { uri: "Pulumi.jakarta.yaml" } } }] },
  ]);
});
