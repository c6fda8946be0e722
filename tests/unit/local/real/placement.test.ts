import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { kindLabel, nodeObjects, simulatedTaint } from "../../../../local/nodes/objects.js";
import {
  hasLocalImage,
  imagesFor,
  mayRunOn,
  placementPolicy,
  podSpecOf,
  whereabouts,
} from "../../../../local/nodes/placement.js";
import { plannedNodes } from "../../../../local/nodes/pools.js";
import { localPlatform } from "../../../../local/platform.js";
import { repositoryOf } from "../../../../local/real/images.js";
import type { Manifest } from "../../../../local/render/manifests.js";
import { localConfig } from "../../../../local/stack.js";

const repositories = ["ghcr.io/nusantaramart/order", "localhost:5000/pay"];
const digest = `sha256:${"0a".repeat(32)}`;

describe("an image of ours stands in", () => {
  test.each([
    ["ghcr.io/nusantaramart/order:1.0.0", true],
    ["ghcr.io/nusantaramart/order:latest", true],
    ["localhost:5000/pay:2", true],
    // The digest names bytes that only the registry has, with a tag or without.
    [`ghcr.io/nusantaramart/order@${digest}`, false],
    [`ghcr.io/nusantaramart/order:1.0.0@${digest}`, false],
    // Others whose names begin or end alike.
    ["ghcr.io/nusantaramart/order-history:1.0.0", false],
    ["ghcr.io/nusantaramart/order/worker:1.0.0", false],
    ["example.com/ghcr.io/nusantaramart/order:1.0.0", false],
    ["localhost:5000/payment:2", false],
    ["localhost:5000", false],
    ["order:1.0.0", false],
    ["", false],
  ])("for %s: %s", (reference, stands) => {
    expect(hasLocalImage(reference, repositories)).toBe(stands);
  });

  test("for nothing where there are none", () => {
    expect(hasLocalImage("order:1", [])).toBe(false);
  });

  test("for the repository of a reference, whose registry may have a port", () => {
    expect(repositoryOf("localhost:5000/pay:2")).toBe("localhost:5000/pay");
  });
});

interface Policy {
  matchConstraints: { resourceRules: { operations: string[]; resources: string[] }[] };
  matchConditions: { name: string; expression: string }[];
  failurePolicy: string;
  mutations: { applyConfiguration?: { expression: string }; jsonPatch?: { expression: string } }[];
}
const policyOf = (names: readonly string[]): Policy => {
  const policy = placementPolicy(names).find(({ kind }) => kind === "MutatingAdmissionPolicy");
  return (policy as unknown as { spec: Policy }).spec;
};
const conditionOf = (names: readonly string[], condition: string): string => {
  const found = policyOf(names).matchConditions.find(({ name }) => name === condition);
  if (!found) throw new Error(`there is no condition ${condition}`);
  return found.expression;
};

/** Evaluates what the policy asks of a pod; the parts of CEL that it uses are those of JavaScript by other names. */
function isMoved(spec: object, names: readonly string[]): boolean {
  const script = conditionOf(names, "has-no-local-image")
    .replaceAll(".all(c, ", ".every((c) => ")
    .replaceAll(".exists(r, ", ".some((r) => ")
    .replaceAll(".contains(", ".includes(")
    .replaceAll(/has\(([\w.]+)\)/g, "($1 !== undefined)")
    .replaceAll(" + (", ".concat(");
  return runInNewContext(script, { object: { spec } }) as boolean;
}

describe("the policy that places pods", () => {
  test("lists exactly the repositories that are here", () => {
    const [, list = ""] = /(\[[^\]]*\])\.exists\(/.exec(conditionOf(repositories, "has-no-local-image")) ?? [];
    expect(JSON.parse(list)).toEqual(repositories);
  });

  test("and what tells whether an image is here never disagree", () => {
    const part = fc.constantFrom("order", "order-history", "ghcr.io", "localhost", "5000", "pay", "nusantaramart");
    const separator = fc.constantFrom("/", ":", "@", "-");
    const reference = fc
      .array(fc.tuple(part, separator), { minLength: 1, maxLength: 4 })
      .map((pairs) => pairs.flat().slice(0, -1).join(""));
    const name = fc.oneof(reference, fc.constantFrom(...repositories));
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 3 }),
        name,
        fc.constantFrom("", ":1.0.0", `@${digest}`),
        (names, image, end) => {
          const spec = { containers: [{ image: `${image}${end}` }] };
          expect(isMoved(spec, names)).toBe(!hasLocalImage(`${image}${end}`, names));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("moves a pod as soon as one of its containers has no image here", () => {
    const [local, foreign] = [{ image: "localhost:5000/pay:2" }, { image: "docker.io/library/redis:8" }];
    expect(isMoved({ containers: [local] }, repositories)).toBe(false);
    expect(isMoved({ containers: [local, foreign] }, repositories)).toBe(true);
  });

  test("moves a pod one of whose init containers has no image here", () => {
    const spec = {
      containers: [{ image: "localhost:5000/pay:2" }],
      initContainers: [{ image: "docker.io/library/busybox:1" }],
    };
    expect(isMoved(spec, repositories)).toBe(whereabouts(object("Pod", spec), repositories).kind === "simulated");
  });

  test("leaves pods alone that are bound to a node already", () => {
    expect(conditionOf(repositories, "is-not-bound")).toBe('!has(object.spec.nodeName) || object.spec.nodeName == ""');
  });

  test("sees pods as they are created and nothing else, and lets none slip through", () => {
    const { matchConstraints, failurePolicy } = policyOf(repositories);
    expect(matchConstraints.resourceRules).toEqual([
      { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
    ]);
    expect(failurePolicy).toBe("Fail");
  });

  test("sends them to simulated nodes, past the taint that keeps others off", () => {
    const [mutation] = policyOf(repositories).mutations;
    const expression = mutation?.jsonPatch?.expression ?? "";
    expect(expression).toContain(`"/spec/nodeSelector/" + jsonpatch.escapeKey("${kindLabel}")`);
    expect(expression).toContain(`key: "${simulatedTaint}"`);
    // What the pod selected and tolerated before stays.
    expect(expression).toContain("has(object.spec.nodeSelector) ? []");
    expect(expression).toContain("has(object.spec.tolerations) ? []");
    expect(expression).toContain('path: "/spec/tolerations/-"');
  });

  test("is bound by its name", () => {
    const [policy, binding] = placementPolicy(repositories);
    expect(binding).toMatchObject({
      kind: "MutatingAdmissionPolicyBinding",
      spec: { policyName: policy?.metadata.name },
    });
  });
});

const pod = { containers: [{ image: "a:1" }] };
const object = (kind: string, spec: object): Manifest => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "order" },
  spec,
});

describe("the pods of an object", () => {
  test.each(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"])("of kind %s are found", (kind) => {
    expect(podSpecOf(object(kind, { template: { spec: pod } }))).toEqual(pod);
  });

  test("of kind Pod and CronJob are found", () => {
    expect(podSpecOf(object("Pod", pod))).toEqual(pod);
    expect(podSpecOf(object("CronJob", { jobTemplate: { spec: { template: { spec: pod } } } }))).toEqual(pod);
  });

  test.each(["Service", "ConfigMap", "PodDisruptionBudget"])("of kind %s are none", (kind) => {
    expect(podSpecOf(object(kind, { selector: {} }))).toBeUndefined();
    expect(podSpecOf({ apiVersion: "v1", kind, metadata: { name: "order" } })).toBeUndefined();
  });
});

describe("where an object's pods run", () => {
  const pinned = `ghcr.io/nusantaramart/order:1.0.0@${digest}`;
  test.each([
    [["localhost:5000/pay:2"], "real", "its image is here"],
    [["localhost:5000/pay:2", "docker.io/library/redis:8"], "simulated", "its image is not here"],
    [[pinned], "simulated", "its image is pinned to a registry's bytes"],
    [[], "real", "its image is here"],
  ])("is told with the reason: %j", (images, kind, why) => {
    const manifest = object("Deployment", { template: { spec: { containers: images.map((image) => ({ image })) } } });
    expect(whereabouts(manifest, repositories)).toEqual({ kind, why });
  });
});

describe("a pod may run on a node", () => {
  const node = (labels: Record<string, string>, taints: { key: string; value?: string; effect: string }[] = []) => ({
    metadata: { labels },
    spec: { taints },
  });
  const dedicated = { key: "nusantara.io/dedicated", value: "database", effect: "NoSchedule" };

  test("when it selects its labels, all of them", () => {
    const spec = { nodeSelector: { zone: "a", pool: "general" } };
    expect(mayRunOn(spec, node({ zone: "a", pool: "general", more: "x" }))).toBe(true);
    expect(mayRunOn(spec, node({ zone: "a", pool: "light" }))).toBe(false);
    expect(mayRunOn(spec, { metadata: {} })).toBe(false);
    expect(mayRunOn({}, { metadata: {} })).toBe(true);
  });

  test("when it tolerates its taints, each by key and value, or by key alone, or all", () => {
    const tainted = node({}, [dedicated]);
    expect(mayRunOn({}, tainted)).toBe(false);
    expect(mayRunOn({ tolerations: [{ key: dedicated.key, value: "database" }] }, tainted)).toBe(true);
    expect(mayRunOn({ tolerations: [{ key: dedicated.key, operator: "Equal", value: "cache" }] }, tainted)).toBe(false);
    expect(mayRunOn({ tolerations: [{ key: dedicated.key, operator: "Exists" }] }, tainted)).toBe(true);
    expect(mayRunOn({ tolerations: [{ operator: "Exists" }] }, tainted)).toBe(true);
    expect(mayRunOn({ tolerations: [{ key: "another", operator: "Exists" }] }, tainted)).toBe(false);
  });

  test("only when it tolerates every taint, but those that merely discourage do not count", () => {
    const second = { key: "second", effect: "NoExecute" };
    const tolerations = [{ key: dedicated.key, operator: "Exists" }];
    expect(mayRunOn({ tolerations }, node({}, [dedicated, second]))).toBe(false);
    expect(mayRunOn({ tolerations }, node({}, [dedicated, { ...second, effect: "PreferNoSchedule" }]))).toBe(true);
  });
});

describe("the images that a node needs", () => {
  const config = localConfig(localPlatform({}), "jakarta", "real");
  const nodes = nodeObjects(config, plannedNodes(config, { general: 1, light: 1, database: "all" }));
  const nodeNamed = (name: string) => {
    const found = nodes.find(({ metadata }) => metadata.name === name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  };
  const deployment = (spec: object): Manifest => object("Deployment", { template: { spec } });
  const here = "localhost:5000/pay:2";

  test("are those of the pods that may run there, each once and in order", () => {
    const order = "ghcr.io/nusantaramart/order:1.0.0";
    const light = { nodeSelector: { "nusantara.io/node-class": "light" }, containers: [{ image: order }] };
    const manifests = [
      deployment({ containers: [{ image: here }, { image: here }] }),
      object("Job", { template: { spec: { containers: [{ image: order }], initContainers: [{ image: here }] } } }),
      deployment(light),
      object("Service", {}),
    ];
    expect(imagesFor(nodeNamed("jakarta-general-1"), manifests, repositories)).toEqual([order, here]);
    expect(imagesFor(nodeNamed("jakarta-light-1"), manifests.slice(2), repositories)).toEqual([order]);
    expect(imagesFor(nodeNamed("jakarta-general-1"), manifests.slice(2), repositories)).toEqual([]);
  });

  test("are none of a pod that can't run there because another image of it is not here", () => {
    const manifests = [deployment({ containers: [{ image: here }, { image: "docker.io/library/redis:8" }] })];
    expect(imagesFor(nodeNamed("jakarta-general-1"), manifests, repositories)).toEqual([]);
  });

  test("are none of pods that do not tolerate what the node is dedicated to", () => {
    const manifests = [deployment({ containers: [{ image: here }] })];
    expect(imagesFor(nodeNamed("jakarta-database-1"), manifests, repositories)).toEqual([]);
    const tolerant = { tolerations: [{ key: "nusantara.io/dedicated", value: "database" }] };
    const database = [deployment({ containers: [{ image: here }], ...tolerant })];
    expect(imagesFor(nodeNamed("jakarta-database-1"), database, repositories)).toEqual([here]);
  });
});
