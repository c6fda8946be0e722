import type { UserError } from "../../../../local/errors.js";
import { parseExceptions, verdictOn } from "../../../../local/manifests/exceptions.js";
import { mergedFindings, type Finding } from "../../../../local/manifests/finding.js";

const finding: Finding = {
  checker: "checkov",
  check: "CKV_K8S_15",
  resource: "Deployment shop/order",
  message: "Image Pull Policy should be Always",
  foundIn: ["jakarta, local"],
};
const exception = {
  check: "CKV_K8S_15",
  resources: "Deployment shop/*",
  reason: "because the tests of this file say so",
};
const exceptions = (...checkov: unknown[]) => parseExceptions("checkers.yaml", { checkov });

test.each<[string, unknown, RegExp]>([
  ["no reason", { checkov: [{ ...exception, reason: undefined }] }, /checkov\.0\.reason/],
  ["a short reason", { checkov: [{ ...exception, reason: "later" }] }, /20 characters/],
  ["an unknown key", { checkov: [{ ...exception, until: "x" }] }, /until/],
  ["an unknown checker", { kubescore: [] }, /kubescore/],
])("%s is refused", (_, content, message) => {
  const parse = () => {
    try {
      return parseExceptions("checkers.yaml", content);
    } catch (error) {
      return (error as UserError).explanation;
    }
  };
  expect(parse()).toMatch(message);
});

test("an exception takes what it names off, and nothing else", () => {
  const other = { ...finding, resource: "Deployment bank/order" };
  expect(verdictOn([finding, other], exceptions(exception), ["checkov"])).toEqual({
    faults: [other],
    unmatched: [],
    excepted: 1,
  });
  const byAnother = { ...finding, checker: "kubeconform" as const };
  expect(verdictOn([byAnother], exceptions(exception), ["checkov"]).faults).toEqual([byAnother]);
});

test("an exception without a finding is told, be its check unknown or mended, but not of a checker that did not run", () => {
  const wrong = exceptions({ ...exception, check: "CKV_K8S_9999" });
  expect(verdictOn([finding], wrong, ["checkov"])).toMatchObject({
    faults: [finding],
    unmatched: ["checkov: CKV_K8S_9999 of Deployment shop/*"],
  });
  expect(verdictOn([], wrong, ["kubeconform"]).unmatched).toEqual([]);
});

test("a finding in several renders is one", () => {
  const again = { ...finding, foundIn: ["bandung, local"] };
  expect(mergedFindings([finding, again, finding])).toEqual([
    { ...finding, foundIn: ["jakarta, local", "bandung, local"] },
  ]);
});
