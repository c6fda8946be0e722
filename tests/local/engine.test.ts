import { spawnSync } from "node:child_process";
import type { Manifest } from "../../local/render/manifests.js";
import { Sandbox } from "../support/sandbox.js";

/**
 * Both ways of running the program must give the same cluster. Without a Pulumi CLI on PATH there is only one way,
 * and the tests say that they were left out.
 */
jest.setTimeout(300_000);

const cli = spawnSync("pulumi", ["version"], { encoding: "utf8" });
const withEngine = cli.status === 0 ? describe : describe.skip;
if (cli.status !== 0)
  process.stderr.write("Left out: the Pulumi engine against kubectl, for there is no Pulumi CLI on PATH.\n");
const cities = ["jakarta", "bandung"];

/** Fields that every cluster fills in by itself, or that are generated anew for each. */
function comparable({ metadata, ...object }: Manifest): unknown {
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  const own = (entries: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(entries).filter(
        ([key]) => !/^(applyset\.kubernetes\.io|pulumi\.com|deployment\.kubernetes\.io)\//.test(key),
      ),
    );
  const rest = {
    ...object,
    status: undefined,
    metadata: { name, namespace, labels: own(labels), annotations: own(annotations) },
  };
  return JSON.parse(
    JSON.stringify(rest, (key, value: unknown) => {
      if (["clusterIP", "clusterIPs", "nusantara.io/secrets-checksum", "creationTimestamp"].includes(key))
        return undefined;
      return key === "data" && object.kind === "Secret" ? Object.keys(value as object).sort() : value;
    }),
  ) as unknown;
}

const kinds = [
  "namespaces,serviceaccounts,configmaps,secrets,services,deployments,cronjobs,networkpolicies,ingresses",
  "poddisruptionbudgets,horizontalpodautoscalers,resourcequotas,limitranges",
].join(",");

const objectsOf = (sandbox: Sandbox, city: string): unknown[] =>
  sandbox
    .get(city, kinds, "--all-namespaces", "--selector=app.kubernetes.io/managed-by=nusantara")
    .sort((a, b) => `${a.kind}/${a.metadata.name}`.localeCompare(`${b.kind}/${b.metadata.name}`))
    .map(comparable);

withEngine("the Pulumi engine and kubectl", () => {
  const environment = { CITIES: cities.join(" ") };
  let byEngine: Sandbox;
  let byKubectl: Sandbox;

  beforeAll(() => {
    byEngine = new Sandbox("engine", 28_000, { ...environment, ENGINE: "pulumi" });
    byKubectl = new Sandbox("kubectl", 28_100, environment);
  });

  afterAll(() => {
    byEngine.remove();
    byKubectl.remove();
  });

  test("give the same cluster", () => {
    for (const sandbox of [byEngine, byKubectl]) {
      const { status, output } = sandbox.run("up");
      expect(output).toContain("2 cities in");
      expect(status).toBe(0);
    }
    for (const city of cities) {
      const objects = objectsOf(byKubectl, city);
      expect(objects.length).toBeGreaterThan(45);
      expect(objectsOf(byEngine, city)).toEqual(objects);
    }
  });

  test("a second pulumi up changes nothing", () => {
    const { output } = byEngine.run("up");
    for (const city of cities) expect(output).toMatch(new RegExp(`^${city}: \\d+ unchanged$`, "m"));
  });

  test("the engine too changes a replica count alone, and removes a service with what is its own", () => {
    byEngine.edit("bandung", "order: { replicas: 2 }", "order: { replicas: 3 }");
    byEngine.edit("bandung", "      payment: { replicas: 2 }\n", "");
    const { status, output } = byEngine.run("up");
    expect(status).toBe(0);
    expect(output).toMatch(/^jakarta: \d+ unchanged$/m);
    // Seven Kubernetes objects and the component that held them.
    expect(output).toMatch(/^bandung: ~ 1 updated, - 8 deleted, \d+ unchanged$/m);
  });

  test("a platform stays with the engine that made it", () => {
    const { status, output } = byEngine.run("up", { ENGINE: "kubectl" });
    expect(status).toBe(1);
    expect(output).toContain("this platform was brought up by pulumi");
  });
});
