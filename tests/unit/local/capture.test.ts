import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { capture, type CaptureArgs, type CapturedStack } from "../../../local/render/capture.js";
import { fixtures } from "../../../local/render/fixtures.js";
import { redactSecrets, unwrapSecrets } from "../../../local/render/secrets.js";
import { run } from "../../../local/process.js";
import { root } from "../../support/city.js";
import { withoutStacks } from "../../support/withoutStacks.js";

const captured = (program: CaptureArgs["program"], args: Partial<CaptureArgs> = {}): Promise<CapturedStack> =>
  withoutStacks(() =>
    capture({
      project: "nusantara",
      stack: "test",
      config: {},
      secretKeys: [],
      surroundings: fixtures,
      program,
      ...args,
    }),
  );

class Component extends pulumi.ComponentResource {
  constructor(type: string, name: string, opts?: pulumi.ComponentResourceOptions) {
    super(`nusantara:test:${type}`, name, {}, opts);
    this.registerOutputs({});
  }
}

const configMap = (name: string, opts?: pulumi.CustomResourceOptions) =>
  new kubernetes.core.v1.ConfigMap(name, { metadata: { name } }, opts);

const urns = ({ resources }: CapturedStack): string[] => resources.map(({ urn }) => urn);

describe("what a program registers", () => {
  test("has the URNs that the engine would give it: with the types of all parents", async () => {
    const stack = await captured(() => {
      const outer = new Component("Outer", "outer");
      const inner = new Component("Inner", "inner", { parent: outer });
      configMap("order", { parent: inner });
    });
    const prefix = "urn:pulumi:test::nusantara::nusantara:test:Outer";
    expect(urns(stack)).toEqual([
      `${prefix}::outer`,
      `${prefix}$nusantara:test:Inner::inner`,
      `${prefix}$nusantara:test:Inner$kubernetes:core/v1:ConfigMap::order`,
    ]);
    expect(stack.resources.map(({ parent }) => parent).slice(1)).toEqual(urns(stack).slice(0, 2));
  });

  test("may have one name twice where the parents or the types differ", async () => {
    const stack = await captured(() => {
      for (const type of ["One", "Two"]) configMap("order", { parent: new Component(type, "order") });
    });
    expect(new Set(urns(stack)).size).toBe(4);
  });

  test("keeps its provider, its dependencies and its protection", async () => {
    const { resources } = await captured(() => {
      const provider = new kubernetes.Provider("cluster", { context: "test" });
      const first = configMap("first", { provider });
      configMap("second", {
        provider,
        dependsOn: [first],
        protect: true,
        retainOnDelete: true,
        ignoreChanges: ["data"],
      });
    });
    const [provider, first, second] = resources;
    expect(second).toMatchObject({
      provider: provider?.urn,
      dependencies: [first?.urn],
      protect: true,
      retainOnDelete: true,
      ignoreChanges: ["data"],
    });
    expect(first).toMatchObject({ dependencies: [], protect: false, retainOnDelete: false, ignoreChanges: [] });
  });

  test("sees its configuration, and keeps secret what was encrypted in it", async () => {
    const program = () => {
      const config = new pulumi.Config("nusantara");
      return { city: config.require("city"), password: config.requireSecret("password") };
    };
    const { outputs } = await captured(program, {
      config: { "nusantara:city": "jakarta", "nusantara:password": "hunter2" },
      secretKeys: ["nusantara:password"],
    });
    expect(redactSecrets(outputs)).toEqual({ city: "jakarta", password: "[secret]" });
    expect(unwrapSecrets(outputs)).toEqual({ city: "jakarta", password: "hunter2" });
  });

  test("keeps the form of a secret when its values are hidden", async () => {
    const secret = pulumi.secret({ key: "hunter2", list: ["hunter2", { deep: 3 }] });
    const { outputs } = await captured(() => ({ secret, plain: [1, null, "text"] }));
    expect(redactSecrets(outputs)).toEqual({
      secret: { key: "[secret]", list: ["[secret]", { deep: "[secret]" }] },
      plain: [1, null, "text"],
    });
  });

  test("gets the outputs of other stacks as secrets, and computed values from its surroundings", async () => {
    const asked: string[] = [];
    const { outputs } = await captured(
      () => ({ token: new pulumi.StackReference("organization/nusantara/jakarta").requireOutput("token") }),
      {
        surroundings: {
          compute: () => ({}),
          stackOutputs: (stack) => {
            asked.push(stack);
            return { token: "hunter2" };
          },
        },
      },
    );
    expect(asked).toEqual(["jakarta"]);
    expect([redactSecrets(outputs), unwrapSecrets(outputs)]).toEqual([{ token: "[secret]" }, { token: "hunter2" }]);
  });
});

describe("a capture fails", () => {
  test("when two resources would have one URN, which it names", async () => {
    const program = () => {
      configMap("order");
      configMap("order");
    };
    await expect(captured(program)).rejects.toThrow(
      "two resources have the URN urn:pulumi:test::nusantara::kubernetes:core/v1:ConfigMap::order: " +
        "give one another name or another parent",
    );
  });

  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        configMap("order");
        throw new Error("the program failed");
      },
    ],
    ["is rejected", () => Promise.reject(new Error("the program failed"))],
  ])("when the program %s, with its own error", async (_, program) => {
    await expect(captured(program)).rejects.toThrow("the program failed");
  });

  test("when a value can't be computed, or another stack has no outputs", async () => {
    const refuse = (what: string) => (): never => {
      throw new Error(`no ${what}`);
    };
    const surroundings = { compute: refuse("value"), stackOutputs: refuse("outputs") };
    await expect(captured(() => configMap("order"), { surroundings })).rejects.toThrow("no value");
    const reader = () => ({ token: new pulumi.StackReference("o/p/jakarta").requireOutput("token") });
    await expect(captured(reader, { surroundings })).rejects.toThrow("no outputs");
  });

  test("and leaves nothing behind for the next one", async () => {
    const failing = () => {
      configMap("left-over");
      throw new Error("the program failed");
    };
    await expect(captured(failing)).rejects.toThrow();
    const { resources, outputs } = await captured(() => {
      configMap("order");
      return { fine: true };
    });
    expect(resources.map(({ name }) => name)).toEqual(["order"]);
    expect(outputs).toEqual({ fine: true });
  });

  // In a process of its own: jest would take the rejection that nobody awaits for itself.
  test("when an error comes out of an output: what is missing must never look like removed", async () => {
    const program = join(root, "tests", "support", "programs", "failingOutput.ts");
    const { stdout, exitCode } = await run(process.execPath, ["--import", "tsx", program], { cwd: root });
    expect(stdout).toMatch(/^refused: .*the output can't be had$/);
    expect(exitCode).toBe(0);
  });
});
