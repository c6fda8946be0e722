import { UserError } from "../../../local/errors.js";
import type { Kubectl } from "../../../local/kubectl.js";
import type { Manifest } from "../../../local/render/manifests.js";
import { patienceFor, waitUntilReady } from "../../../local/wait.js";

const job = (name: string, fields: object = {}): Manifest => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, namespace: "databases" },
  ...fields,
});
const condition = (type: string, reason = "") => ({ status: { conditions: [{ type, status: "True", reason }] } });

/** A cluster that shows one list of objects after another, and the logs of Jobs. */
class Cluster implements Pick<Kubectl, "get" | "list" | "lastWords"> {
  readonly asked: string[] = [];

  constructor(
    private readonly views: Manifest[][],
    private readonly logs: Readonly<Record<string, readonly string[]>> = {},
    private readonly pods: Manifest[] = [],
  ) {}

  get(): Promise<Manifest[]> {
    return Promise.resolve((this.views.length > 1 ? this.views.shift() : this.views[0]) ?? []);
  }

  list(): Promise<Manifest[]> {
    return Promise.resolve(this.pods);
  }

  lastWords({ metadata: { name } }: Manifest, count: number): Promise<string[]> {
    this.asked.push(name);
    return Promise.resolve((this.logs[name] ?? []).slice(-count));
  }
}

const wait = (cluster: Cluster, manifests: Manifest[], more: object = {}) =>
  waitUntilReady(cluster as unknown as Kubectl, { city: "jakarta", manifests, ...more });

async function refusalOf(work: Promise<void>): Promise<UserError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof UserError) return error;
  throw new Error("it became ready");
}

describe("waiting for a Job", () => {
  const running = job("reconcile-1");

  test("ends at once when it has failed, with the end of its log", async () => {
    const failed = { ...running, ...condition("Failed", "BackoffLimitExceeded") };
    const logs = { "reconcile-1": [...Array.from({ length: 20 }, (_, line) => `line ${line}`), "etcd has no quorum"] };
    const { message, explanation } = await refusalOf(wait(new Cluster([[failed]], logs), [running]));
    expect(message).toBe("Job databases/reconcile-1 of jakarta has failed");
    expect(explanation).toContain("Job databases/reconcile-1: failed: BackoffLimitExceeded");
    expect(explanation).toContain("Job databases/reconcile-1 says: etcd has no quorum");
    expect(explanation).not.toContain("line 3\n");
  });

  test("that takes too long says what its log says last", async () => {
    const logs = { "reconcile-1": ["waiting for jakarta-core-1"] };
    const { message, explanation } = await refusalOf(
      wait(new Cluster([[running]], logs), [running], { timeoutSeconds: 0 }),
    );
    expect(message).toBe("jakarta is not ready after 0 s");
    expect(explanation).toContain("Job databases/reconcile-1: is not complete");
    expect(explanation).toContain("Job databases/reconcile-1 says: waiting for jakarta-core-1");
  });

  test("shows the last line of its log, without asking for it at every look", async () => {
    const done = { ...running, ...condition("Complete") };
    const cluster = new Cluster([[running], [running], [done]], { "reconcile-1": ["rolls jakarta-core-1"] });
    const messages: string[] = [];
    await wait(cluster, [running], { progress: (message: string) => messages.push(message) });
    expect(messages).toHaveLength(2);
    expect(messages[1]).toContain("is not complete; reconcile-1 says: rolls jakarta-core-1");
    expect(cluster.asked).toEqual(["reconcile-1"]);
  });

  test("that has written nothing yet leaves the line as it is", async () => {
    const messages: string[] = [];
    const done = { ...running, ...condition("Complete") };
    await wait(new Cluster([[running], [done]]), [running], { progress: (message: string) => messages.push(message) });
    expect(messages).toEqual(["0 of 1 objects ready, e.g. Job databases/reconcile-1: is not complete"]);
  });
});

test("waiting for pods shows why one is not placed, without waiting for the end of patience", async () => {
  const entryPoints = { ...job("entry-points"), kind: "Deployment" };
  const placed = { ...entryPoints, status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 } };
  const old = { ...entryPoints, status: { replicas: 2, updatedReplicas: 1, availableReplicas: 1 } };
  const conditions = [
    { type: "PodScheduled", status: "False", message: "0/8 nodes are available: 1 Insufficient cpu" },
  ];
  const pod = { ...job("entry-points-a"), kind: "Pod", status: { phase: "Pending", conditions } };
  const messages: string[] = [];
  await wait(new Cluster([[old], [placed]], {}, [pod]), [entryPoints], {
    progress: (message: string) => messages.push(message),
  });
  expect(messages).toEqual([
    "0 of 1 objects ready, e.g. Deployment databases/entry-points: 1 old replicas left; " +
      "Pod databases/entry-points-a: 0/8 nodes are available: 1 Insufficient cpu",
  ]);
});

test("a pod that failed is no reason any more once its Job is complete", async () => {
  const set: Manifest = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "etcd", namespace: "databases" },
  };
  const stuck = { ...set, spec: { replicas: 1 }, status: { updatedReplicas: 0 } };
  const ended = { ...job("migration"), ...condition("Complete") };
  const containerStatuses = [{ name: "migration", state: { terminated: { reason: "Error", exitCode: 1 } } }];
  const podOf = (owner: string) => ({
    ...job(`${owner}-a`),
    kind: "Pod",
    metadata: { name: `${owner}-a`, namespace: "databases", ownerReferences: [{ kind: "Job", name: owner }] },
    status: { phase: "Failed", containerStatuses },
  });
  const cluster = new Cluster([[stuck, ended]], {}, [podOf("migration"), podOf("backup")]);
  const { explanation } = await refusalOf(wait(cluster, [set, ended], { timeoutSeconds: 0 }));
  expect(explanation).toContain("Pod databases/backup-a: container migration is not ready, last ended with Error");
  expect(explanation).not.toContain("migration-a");
});

test("objects get three minutes, and longer where a Job allows itself longer", () => {
  const allowed = (seconds: number) => job("a", { spec: { activeDeadlineSeconds: seconds } });
  expect(patienceFor([job("a"), { ...job("b"), kind: "ConfigMap", spec: { activeDeadlineSeconds: 900 } }])).toBe(180);
  expect(patienceFor([allowed(60)])).toBe(180);
  expect(patienceFor([allowed(600), allowed(300)])).toBeGreaterThan(600);
});
