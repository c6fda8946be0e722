import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkov } from "../../local/manifests/checkov.js";
import { customSchemas } from "../../local/manifests/customSchemas.js";
import { kubeconform } from "../../local/manifests/kubeconform.js";
import type { GoModule } from "../../local/manifests/goModule.js";
import { kubernetesSchemas, releases } from "../../local/manifests/kubernetesSchemas.js";
import { writeRenders, type RenderedObject } from "../../local/manifests/renders.js";
import { localPlatform, tool } from "../../local/platform.js";
import type { Manifest } from "../../local/render/manifests.js";

const platform = localPlatform({});
const directory = mkdtempSync(join(tmpdir(), "manifests-"));
const checkovProgram = join(platform.tools, "checkov", "bin", "checkov");

beforeAll(() => {
  if (!existsSync(tool(platform, "kubeconform"))) throw new Error('run "make manifests" first: it brings the checkers');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const budget = (change: Record<string, unknown>): Manifest => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "core", namespace: "database" },
  spec: { minAvailable: 1, selector: { matchLabels: { app: "postgres" } } },
  ...change,
});
const written = (...manifests: Manifest[]): RenderedObject[] => writeRenders(directory, [{ name: "test", manifests }]);

describe.each(releases)("kubeconform with $version", (release: GoModule) => {
  const checksOf = async (objects: RenderedObject[]) => {
    const schemas = [await kubernetesSchemas(platform, release), ...(await customSchemas(platform))];
    const program = tool(platform, "kubeconform");
    const findings = await kubeconform({ program, directory, objects, schemas, version: release.version });
    return findings.map(({ check, resource }) => [check, resource]);
  };
  const resource = "PodDisruptionBudget database/core";

  test("takes what the API server would, counts and percentages included", async () => {
    expect(await checksOf(written(budget({}), budget({ spec: { maxUnavailable: "50%" } })))).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["a field that nobody knows", { spec: { minAvailabel: 1 } }, "schema"],
    ["a value of another type", { spec: { selector: "app=postgres" } }, "schema"],
    ["a version of the API that is gone", { apiVersion: "policy/v1beta1" }, "no-schema"],
    ["a kind that nobody knows", { kind: "PodDisruptionBudgets" }, "no-schema"],
  ])("refuses %s", async (_, change, check) => {
    const [[found] = []] = await checksOf(written(budget(change)));
    expect(found).toBe(check);
  });

  test("knows the custom resources of the charts", async () => {
    const mutual = (mode: string): Manifest => ({
      apiVersion: "security.istio.io/v1",
      kind: "PeerAuthentication",
      metadata: { name: "default", namespace: "mesh" },
      spec: { mtls: { mode } },
    });
    const certificate = (spec: Record<string, unknown>): Manifest => ({
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "public", namespace: "shop" },
      spec,
    });
    const issued = { secretName: "tls", issuerRef: { name: "ca", kind: "ClusterIssuer" }, dnsNames: ["a.example"] };
    expect(await checksOf(written(mutual("STRICT"), certificate(issued)))).toEqual([]);
    const found = await checksOf(written(mutual("SOMETIMES"), certificate({ ...issued, dnsName: "a.example" })));
    expect(found.map(([check]) => check)).toEqual(["schema", "schema"]);
  });

  test("refuses what is no YAML, what says a key twice, and what is no object", async () => {
    const objects = written(budget({}), budget({}), budget({}));
    const [broken, twice, empty] = objects.map(({ file }) => join(directory, file));
    writeFileSync(broken ?? "", "kind: [");
    writeFileSync(twice ?? "", "apiVersion: v1\nkind: Namespace\nkind: Namespace\nmetadata: { name: a }\n");
    writeFileSync(empty ?? "", "");
    expect(await checksOf(objects)).toEqual([
      ["unreadable", resource],
      ["unreadable", resource],
      ["unreadable", resource],
    ]);
  });
});

// `make manifests` says where there is no Python, and fails in CI.
(existsSync(checkovProgram) ? describe : describe.skip)("checkov", () => {
  test("finds what is wrong with a pod, what it can't read, and what it has no check for", async () => {
    const pod: Manifest = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "core", namespace: "database" },
      spec: { containers: [{ name: "core", image: "postgres", securityContext: { privileged: true } }] },
    };
    const objects = written(pod, { ...pod, metadata: { name: "broken", namespace: "database" } }, budget({}));
    writeFileSync(join(directory, objects[1]?.file ?? ""), "kind: Pod\nmetadata: [\n");
    const findings = await checkov(checkovProgram, directory, objects);
    const checksOf = (index: number) =>
      findings.filter(({ resource }) => resource === objects[index]?.resource).map(({ check }) => check);
    expect(checksOf(0)).toEqual(expect.arrayContaining(["CKV_K8S_16", "CKV_K8S_43"]));
    expect(checksOf(1).some((check) => check === "unreadable" || check === "unchecked")).toBe(true);
    expect(checksOf(2)).toEqual(["unchecked"]);
  }, 120_000);
});
