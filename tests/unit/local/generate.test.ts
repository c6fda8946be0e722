import { generate } from "../../../local/values/generate.js";
import type { StackState } from "../../../local/values/stateFile.js";

const password = "random:index/randomPassword:RandomPassword";
const hour = 3_600_000;

const emptyState = (): StackState => ({ values: {} });
const make = (state: StackState, inputs: Record<string, unknown>, now?: Date) =>
  generate(state, { type: password, urn: "urn:key", inputs }, now);

describe("a value that a provider would make", () => {
  test("is kept while its inputs are the same, over a run of another process too", async () => {
    const state = emptyState();
    const first = await make(state, { length: 32, special: false });
    expect(String(first.result)).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(await make(state, { special: false, length: 32 })).toEqual(first);
    const read = JSON.parse(JSON.stringify(state)) as StackState;
    expect(await make(read, { length: 32, special: false })).toEqual(first);
  });

  test("is a new one when its inputs change", async () => {
    const state = emptyState();
    const first = await make(state, { length: 32 });
    const second = await make(state, { length: 33 });
    expect(String(second.result)).toHaveLength(33);
    expect(second).not.toEqual(first);
    expect(await make(state, { length: 33 })).toEqual(second);
  });

  test("is its resource's own: another one with the same inputs gets another value", async () => {
    const state = emptyState();
    const first = await make(state, { length: 32 });
    const other = await generate(state, { type: password, urn: "urn:other", inputs: { length: 32 } });
    expect(other).not.toEqual(first);
    expect(Object.keys(state.values)).toEqual(["urn:key", "urn:other"]);
  });
});

describe("a certificate", () => {
  const type = "tls:index/selfSignedCert:SelfSignedCert";
  const certificate = async (state: StackState, earlyRenewalHours: number | undefined, now?: Date) => {
    const key = await generate(state, {
      type: "tls:index/privateKey:PrivateKey",
      urn: "urn:key",
      inputs: { algorithm: "ECDSA" },
    });
    const inputs = {
      privateKeyPem: key.privateKeyPem,
      validityPeriodHours: 100,
      allowedUses: ["server_auth"],
      ...(earlyRenewalHours !== undefined && { earlyRenewalHours }),
    };
    return generate(state, { type, urn: "urn:certificate", inputs }, now);
  };

  test.each([
    [20, 79, true],
    [20, 81, false],
    [undefined, 99, true],
    [undefined, 101, false],
  ])("of 100 hours with early renewal %p is after %d hours still the same: %p", async (early, hours, kept) => {
    const state = emptyState();
    const first = await certificate(state, early);
    const later = await certificate(state, early, new Date(Date.now() + hours * hour));
    expect(later.certPem === first.certPem).toBe(kept);
  });
});

describe("other resources", () => {
  test.each(["kubernetes:apps/v1:Deployment", "pulumi:providers:kubernetes"])(
    "of type %s have nothing to make and nothing to remember",
    async (type) => {
      const state = emptyState();
      expect(await generate(state, { type, urn: "urn:a", inputs: { a: 1 } })).toEqual({});
      expect(state).toEqual(emptyState());
    },
  );

  test("that nothing can make are refused, with what to do", async () => {
    const bucket = { type: "aws:s3/bucket:Bucket", urn: "urn:bucket", inputs: {} };
    await expect(generate(emptyState(), bucket)).rejects.toThrow(
      'urn:bucket: without the Pulumi CLI nothing makes a resource of type "aws:s3/bucket:Bucket"; install the CLI',
    );
  });
});
