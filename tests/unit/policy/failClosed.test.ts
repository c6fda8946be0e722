import { judge } from "../../../policy/judge.js";
import { Field } from "../../../policy/model/field.js";
import { MalformedError, notKnown, NotKnownError } from "../../../policy/model/value.js";
import { snapshot } from "../../../policy/snapshot.js";
import { resourceOf } from "../../support/policy/inputs.js";

/** What the SDK wraps inputs in. It keeps that to itself. */
const { unknownCheckingProxy } = jest.requireActual<{ unknownCheckingProxy: (props: object) => object }>(
  "@pulumi/policy/proxy",
);

const resource = resourceOf({ type: "kubernetes:core/v1:Pod", inputs: {} });
const nothing = { resources: [] };

test("what was found before a rule fails stays, and the failure is a finding without the error's words", () => {
  const findings = judge(
    function* () {
      yield "One.";
      throw new TypeError("hunter2 is not a function");
    },
    resource,
    nothing,
  );
  expect(findings.map(({ message }) => message)).toEqual(["One.", expect.stringMatching(/failed with TypeError/)]);
  expect(JSON.stringify(findings)).not.toContain("hunter2");
});

test("what is not known is told apart from what is malformed", () => {
  const finding = (error: Error) =>
    judge(
      // eslint-disable-next-line require-yield -- a rule that gets no further
      function* () {
        throw error;
      },
      resource,
      nothing,
    );
  expect(finding(new NotKnownError("spec.replicas"))).toEqual([
    { message: "Can't be judged: spec.replicas is not known before the update.", isUnknown: true },
  ]);
  expect(finding(new MalformedError("spec", "an object"))).toEqual([
    { message: "Can't be judged: spec is not an object.", isUnknown: false },
  ]);
});

test("a field reads what is there, says what is not known, and takes no value for another", () => {
  const field = new Field({ a: { list: [1, "x"], none: null, later: notKnown }, truth: "true" }, "");
  expect(field.at("a", "list").list()[1]?.text()).toBe("x");
  expect(field.at("a", "list").list()[1]?.path).toBe("a.list[1]");
  expect(field.at("a", "none").isSet).toBe(false);
  expect(field.at("a", "missing", "below").text()).toBeUndefined();
  expect(field.at("truth").truth()).toBe(true);
  expect(field.at("a", "later").isGiven).toBe(true);
  expect(() => field.at("a", "later", "below")).toThrow("a.later is not known before the update");
  expect(() => field.at("a", "later").isSet).toThrow(NotKnownError);
  expect(() => field.at("a", "list").text()).toThrow("a.list is not a text");
  expect(() => field.at("a", "list", "below")).toThrow("a.list is not an object");
  expect(() => field.at("truth").number()).toThrow(MalformedError);
  expect(() => field.at("a", "list").texts()).toThrow("a.list[0] is not a text");
});

test("a snapshot of what the SDK hands out marks what is not known and keeps the rest", () => {
  // Sentinel of a text that is not known: `unknownStringValue` of the SDK.
  const later = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const props = unknownCheckingProxy({ a: later, list: [1, later, { b: true }], c: null });
  expect(snapshot(props)).toEqual({ a: notKnown, list: [1, notKnown, { b: true }], c: null });
  expect(() => snapshot({ a: () => 1 })).toThrow("an input is a function");
});
