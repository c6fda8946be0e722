import { createServer } from "node:net";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "proper-lockfile";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { nodeClasses } from "../../stacks/nodeClasses.js";
import { isAlive, signalIfThere } from "../../local/processes.js";
import { root } from "../../local/platform.js";
import { Sandbox } from "../support/sandbox.js";

/** The tests follow one platform from its first `up` to its `down`, in order. */
jest.setTimeout(300_000);

interface Pod {
  spec: { nodeName: string };
  status: { phase: string; conditions: { type: string; status: string }[] };
}
interface Node {
  metadata: { labels: Record<string, string> };
  spec: { taints?: { key: string; value: string }[]; podCIDR: string };
  status: { capacity: Record<string, string> };
}
interface Deployment {
  spec: { replicas: number };
  status: { availableReplicas: number };
}

const cities = cityNames(nusantara);
/** A home directory of the test's own shows what is written to one. */
const home = join(root, ".local", "test", "home");
const sandbox = new Sandbox("platform", 27_000, { HOME: home });

afterAll(() => {
  sandbox.remove();
});

const namespace = "--namespace=nusantara-mart";
const labelOf = (pod: { metadata: { labels?: Record<string, string> } }, key: string) =>
  pod.metadata.labels?.[key] ?? "";

test("make up brings three cities up and says so", () => {
  const { status, output } = sandbox.run("up");
  expect(output).toContain("3 cities in");
  expect(status).toBe(0);
});

test("M16: every Deployment has its two replicas available in every city", () => {
  for (const city of cities) {
    const deployments = sandbox.get<Deployment>(city, "deployments", namespace);
    expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual([
      "api-gateway",
      "inventory",
      "order",
      "payment",
      "report",
    ]);
    for (const { spec, status } of deployments) {
      expect([spec.replicas, status.availableReplicas]).toEqual([2, 2]);
    }
  }
});

test("M1, M2: nodes have the numbers, sizes, zones, taints and pod addresses of their pools", () => {
  for (const city of cities) {
    const nodes = sandbox.get<Node>(city, "nodes");
    const size = city === "jakarta" ? 3 : 2;
    const inPool = (pool: string) => nodes.filter(({ metadata }) => metadata.labels["nusantara.io/node-pool"] === pool);
    expect([inPool("general").length, inPool("database").length, inPool("light").length]).toEqual([size, size, 2]);
    for (const { metadata, spec, status } of nodes) {
      const nodeClass = metadata.labels["nusantara.io/node-class"] as keyof typeof nodeClasses;
      expect(status.capacity).toMatchObject({
        cpu: `${nodeClasses[nodeClass].cpu}`,
        memory: `${nodeClasses[nodeClass].memory}Gi`,
      });
      expect(metadata.labels["topology.kubernetes.io/zone"]).toMatch(/^ap-southeast-3[abc]$/);
      expect(spec.podCIDR.startsWith(nusantara.cities[city as "jakarta"].network.pods.slice(0, 6))).toBe(true);
      const dedicated = spec.taints?.some(({ key, value }) => key === "nusantara.io/dedicated" && value === "database");
      expect(dedicated ?? false).toBe(metadata.labels["nusantara.io/node-pool"] === "database");
    }
  }
});

test("M2, M16: every pod is Ready on a node of its class, and the replicas of a service are on different hosts", () => {
  for (const city of cities) {
    const classes = new Map(
      sandbox
        .get<Node>(city, "nodes")
        .map(({ metadata }) => [metadata.name, metadata.labels["nusantara.io/node-class"]]),
    );
    const pods = sandbox.get<Pod>(city, "pods", namespace, "--selector=app.kubernetes.io/name!=report-aggregation");
    expect(pods).toHaveLength(10);
    for (const pod of pods) {
      const service = labelOf(pod, "app.kubernetes.io/name");
      expect([service, classes.get(pod.spec.nodeName)]).toEqual([service, service === "report" ? "light" : "medium"]);
      expect(pod.status.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
      const siblings = pods.filter((other) => labelOf(other, "app.kubernetes.io/name") === service);
      expect(new Set(siblings.map(({ spec }) => spec.nodeName)).size).toBe(2);
    }
  }
});

test("secrets of the platform are readable by their owner only", () => {
  const { directory } = sandbox.platform;
  const modes = sandbox.fileModes(["state/jakarta.json", "kubeconfig"]);
  expect({ directory, modes }).toEqual({ directory, modes: ["600", "600"] });
});

test("a session survives a fail-over: all cities sign with the same key and trust the same authority", () => {
  const keys = cities.map((city) => {
    const [secret] = sandbox.get<{ data: Record<string, string> }>(
      city,
      "secrets",
      namespace,
      "--field-selector=metadata.name=api-gateway-secrets",
    );
    return secret?.data["session-signing-key"];
  });
  expect(keys[0]).toMatch(/^[A-Za-z0-9+/=]{40,}$/);
  expect(new Set(keys).size).toBe(1);
});

test("a second run changes nothing and says so", () => {
  const result = sandbox.run("up");
  expect(result.status).toBe(0);
  for (const city of cities) expect(Sandbox.changes(result, city)).toEqual([`${city}: no changes`]);
});

test("changing a replica count changes just that", () => {
  sandbox.edit("jakarta", "order: { replicas: 2 }", "order: { replicas: 3 }");
  const result = sandbox.run("up");
  expect(Sandbox.changes(result, "jakarta")).toEqual([
    "jakarta: 1 changed",
    "  ~ HorizontalPodAutoscaler nusantara-mart/order",
    "      -  minReplicas: 2",
    "      +  minReplicas: 3",
  ]);
  expect(Sandbox.changes(result, "bandung")).toEqual(["bandung: no changes"]);
  const [order] = sandbox.get<Deployment>(
    "jakarta",
    "deployments",
    namespace,
    "--selector=app.kubernetes.io/name=order",
  );
  expect(order?.status.availableReplicas).toBe(3);
});

test("removing a service removes its objects and nothing else, not even a stranger's in the same namespace", () => {
  sandbox.kubectl("bandung", ["create", "configmap", "stranger", namespace, "--from-literal=a=b"]);
  const before = sandbox.get(
    "bandung",
    "services,deployments,horizontalpodautoscalers,cronjobs,configmaps,networkpolicies,poddisruptionbudgets,serviceaccounts",
    namespace,
  );
  sandbox.edit("bandung", "      payment: { replicas: 2 }\n", "");
  const changes = Sandbox.changes(sandbox.run("up"), "bandung");
  expect(changes[0]).toBe("bandung: 7 deleted");
  expect(changes.slice(1).sort()).toEqual(
    [
      "ConfigMap nusantara-mart/payment-config",
      "Deployment nusantara-mart/payment",
      "HorizontalPodAutoscaler nusantara-mart/payment",
      "NetworkPolicy nusantara-mart/payment",
      "PodDisruptionBudget nusantara-mart/payment",
      "Service nusantara-mart/payment",
      "ServiceAccount nusantara-mart/payment",
    ].map((object) => `  - ${object}`),
  );
  const after = sandbox.get(
    "bandung",
    "services,deployments,horizontalpodautoscalers,cronjobs,configmaps,networkpolicies,poddisruptionbudgets,serviceaccounts",
    namespace,
  );
  const kept = before.filter(({ metadata }) => !metadata.name.startsWith("payment"));
  const names = (objects: typeof before) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
  expect(names(after.filter(({ metadata }) => !metadata.name.startsWith("payment")))).toEqual(names(kept));
  expect(names(after)).toContain("ConfigMap stranger");
});

test("what somebody deleted or changed by hand is put right", () => {
  sandbox.kubectl("surabaya", ["delete", "service", "order", namespace]);
  sandbox.kubectl("surabaya", [
    "label",
    "--overwrite",
    "networkpolicy",
    "order",
    namespace,
    "app.kubernetes.io/component=x",
  ]);
  const changes = Sandbox.changes(sandbox.run("up"), "surabaya");
  expect(changes[0]).toBe("surabaya: 1 created, 1 changed");
  expect(changes).toContain("  + Service nusantara-mart/order");
  expect(changes).toContain("  ~ NetworkPolicy nusantara-mart/order");
});

test("the render passes the strict schema check of the API server in use", () => {
  const objects = sandbox.renderedObjects("jakarta");
  const output = sandbox.kubectl(
    "jakarta",
    ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"],
    objects,
  );
  expect(output.trim().split("\n").length).toBeGreaterThan(45);
  const misspelt = objects.replace('"revisionHistoryLimit"', '"revisionHistoryLimits"');
  expect(() =>
    sandbox.kubectl(
      "jakarta",
      ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"],
      misspelt,
    ),
  ).toThrow(/revisionHistoryLimits/);
});

test("a control plane that lost a process is brought back, with everything in it", () => {
  sandbox.kill("surabaya", "kube-apiserver");
  const status = sandbox.run("status");
  expect(status.status).toBe(1);
  expect(status.output).toMatch(/surabaya\s+│ stopped/);
  expect(status.output).toContain("surabaya: of its control plane, kube-apiserver does not run");
  const result = sandbox.run("up");
  expect(Sandbox.changes(result, "surabaya")).toEqual(["surabaya: control plane started, no changes"]);
  expect(Sandbox.changes(result, "jakarta")).toEqual(["jakarta: no changes"]);
  expect(sandbox.run("status").status).toBe(0);
});

test("a program that ends while its control plane starts is started again", async () => {
  const metricsServer = () => sandbox.processes("bandung").get("metrics-server");
  const before = metricsServer();
  sandbox.kill("bandung", "kube-scheduler");
  const up = sandbox.start("up");
  // Its own end, of which there may have been one, is as good.
  const isNew = () => ![undefined, before].includes(metricsServer());
  for (let looks = 0; looks < 1200 && !isNew(); looks += 1) await sleep(50);
  const first = metricsServer();
  if (first !== undefined) signalIfThere(first, "SIGKILL");
  const result = await up;
  expect([before, undefined]).not.toContain(first);
  expect(Sandbox.changes(result, "bandung")).toEqual(["bandung: control plane started, no changes"]);
  expect(metricsServer()).not.toBe(first);
  expect(sandbox.run("status").status).toBe(0);
}, 600_000);

test("a wrong configuration is refused with every error, and what runs stays", () => {
  sandbox.edit("jakarta", "count: 3, maximumCount: 8", "cuont: 3");
  sandbox.edit("jakarta", "headroom: 0.5", "headroom: -1");
  const { status, output } = sandbox.run("up");
  expect(status).toBe(1);
  expect(output).toContain('nusantara:nodePools.general.cuont  unknown key; did you mean "count"?');
  expect(output).toContain("nusantara:capacity.headroom");
  expect(output).not.toContain("    at ");
  sandbox.edit("jakarta", "cuont: 3", "count: 3, maximumCount: 8");
  sandbox.edit("jakarta", "headroom: -1", "headroom: 0.5");
  expect(sandbox.run("status").status).toBe(0);
});

test("a second run waits for the first, and then says that another is at work", async () => {
  const release = await lock(sandbox.platform.directory, { realpath: false });
  const { status, output } = await sandbox.start("up");
  await release();
  expect([status, output]).toEqual([1, expect.stringContaining("another run is at work on this platform")]);
});

test("make down leaves no process, no port and no file behind", () => {
  const processes = cities.flatMap((city) => [...sandbox.processes(city).values()]);
  expect(processes).toHaveLength(18);
  const { status, output } = sandbox.run("down");
  expect([status, output.trim()]).toEqual([0, "Removed jakarta, bandung, surabaya. The tools stay in .local/tools."]);
  expect(processes.filter(isAlive)).toEqual([]);
  expect(existsSync(home)).toBe(false);
  expect(sandbox.stateExists).toBe(false);
  return Promise.all(sandbox.ports().map(listenOnce));
});

/** Resolves when the port was free; rejects when somebody has it. */
const listenOnce = (port: number) =>
  new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () =>
      server.close(() => {
        resolve();
      }),
    );
  });
