import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AttemptReport } from "../../local/drills/report.js";
import { readReport } from "../../local/drills/reportFiles.js";
import { bounds } from "../../local/drills/bounds.js";
import { chosenScenarios } from "../../local/drills/scenarios/index.js";
import { obstacle } from "../../local/machines/requirements.js";
import type { UserError } from "../../local/errors.js";
import { Kubectl } from "../../local/kubectl.js";
import { routerAddress } from "../../local/network/addresses.js";
import { inNamespace } from "../../local/network/commands.js";
import { cityNamespace, linkTo } from "../../local/network/names.js";
import { localPlatform, portsOf } from "../../local/platform.js";
import { run } from "../../local/process.js";
import { waitUntilReady } from "../../local/wait.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { lackOfTime } from "../support/deadline.js";
import { machineState } from "../support/machineState.js";
import { askStorage, type StorageAnswer, type StorageRequest } from "../support/s3.js";
import { Sandbox } from "../support/sandbox.js";

/** The tests follow one platform with real nodes from its first `up` to its `down`, in order. */
jest.setTimeout(2_700_000);

interface Pod {
  spec: { nodeName: string };
  status: { phase: string; podIP: string; conditions?: { type: string; status: string; message?: string }[] };
}
interface Node {
  metadata: { name: string; labels: Record<string, string> };
  spec: { podCIDR: string };
  status: { conditions: { type: string; status: string }[] };
}

const cities = cityNames(nusantara);
const namespace = "--namespace=nusantara-mart";
let sandbox: Sandbox;
let before: ReturnType<typeof machineState>;
let leftOut: string | undefined;

beforeAll(async () => {
  leftOut = (await obstacle(localPlatform({}))) ?? lackOfTime(45);
  if (leftOut !== undefined) {
    process.stderr.write(`Left out: everything about real nodes, for ${leftOut}.\n`);
    return;
  }
  sandbox = new Sandbox("real", 29_000, { NODES: "real" });
  before = machineState();
});
afterAll(() => {
  if (leftOut === undefined) sandbox.remove();
});

let isUp = false;

/** A test that is left out, loudly, where the machine can't carry real nodes; it fails at once where none are up. */
const real = (name: string, body: () => Promise<void> | void, minutes = 5): void => {
  test(name, async () => {
    if (leftOut !== undefined) return;
    if (!isUp) throw new Error("the first make up failed, so there is nothing to test");
    const late = lackOfTime(minutes);
    if (late === undefined) await body();
    else process.stderr.write(`Left out: ${name}, for ${late}.\n`);
  });
};

/** Asks until an answer is as wanted; at most two minutes. */
async function eventually<Answer>(ask: () => Answer | Promise<Answer>, wanted: (answer: Answer) => boolean) {
  const end = Date.now() + 120_000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer) || Date.now() > end) return answer;
    await sleep(1000);
  }
}

const podsOf = (city: string, name: string): ReturnType<typeof sandbox.get<Pod>> =>
  sandbox.get<Pod>(city, "pods", namespace, `--selector=app.kubernetes.io/name=${name}`);

/** Runs Bash in a container of a service. */
const inPod = (city: string, name: string, script: string): string => {
  const [pod] = podsOf(city, name);
  return sandbox.kubectl(city, ["exec", namespace, pod?.metadata.name ?? "", "--", "bash", "-c", script]);
};

/** An HTTP request out of a container, without any tool but the shell; `unreachable` when nobody answers in 3 s. */
const request = (city: string, host: string): string =>
  inPod(
    city,
    "order",
    `timeout 3 bash -c 'exec 3<>/dev/tcp/${host}/8080 && printf "GET /check HTTP/1.0\\r\\n\\r\\n" >&3 && tail -n1 <&3' || echo unreachable`,
  );

const ready = ({ status }: Node): boolean =>
  status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True");
const nodesOf = (city: string): Node[] => sandbox.get<Node>(city, "nodes");
const node = (city: string, name: string): Node => {
  const found = nodesOf(city).find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`${city} has no node ${name}`);
  return found;
};
const command = (text: string) => {
  const result = sandbox.run(text);
  if (result.status !== 0) throw new Error(result.output);
  return result.output;
};

test("the first city waits for nobody, and two cities are enough for a database", () => {
  if (leftOut !== undefined) return;
  for (const city of cities.slice(0, 2)) {
    const { status, output } = sandbox.run("up", { CITIES: city });
    expect([city, status, output]).toEqual([city, 0, expect.stringContaining("1 city in")]);
  }
  const word = sandbox.kubectl("jakarta", [
    "logs",
    "--namespace=databases",
    "--selector=app.kubernetes.io/name=reconcile",
  ]);
  expect(word).toContain("waits for a second city");
});

test("make up NODES=real brings three cities up, and says what the nodes are and why", () => {
  if (leftOut !== undefined) return;
  const { status, output } = sandbox.run("up");
  expect(output).toContain("with real nodes (NODES says so)");
  expect(output).toContain("3 cities in");
  expect(status).toBe(0);
  isUp = true;
});

real("M1: the database pools are real, one node of the other pools is, and simulated ones stand beside them", () => {
  const kinds = (city: string, pool: string) =>
    nodesOf(city)
      .filter(({ metadata }) => metadata.labels["nusantara.io/node-pool"] === pool)
      .map(({ metadata }) => metadata.labels["nusantara.io/node-kind"]);
  expect(kinds("jakarta", "database")).toEqual(["real", "real", "real"]);
  for (const city of ["bandung", "surabaya"]) expect(kinds(city, "database")).toEqual(["real", "real"]);
  for (const city of cities) {
    expect(kinds(city, "general").filter((kind) => kind === "real")).toHaveLength(1);
    expect(kinds(city, "general")).toContain("simulated");
    expect(nodesOf(city).every(ready)).toBe(true);
  }
});

real("M3, M16: every service runs on real nodes, with addresses of its city", () => {
  for (const city of cities) {
    const prefix = nusantara.cities[city as "jakarta"].network.pods.split(".").slice(0, 2).join(".");
    const kinds = new Map(
      nodesOf(city).map(({ metadata }) => [metadata.name, metadata.labels["nusantara.io/node-kind"]]),
    );
    for (const service of ["api-gateway", "order", "payment", "inventory", "report"]) {
      const pods = podsOf(city, service);
      expect(pods).toHaveLength(2);
      for (const { spec, status } of pods) {
        expect(kinds.get(spec.nodeName)).toBe("real");
        expect(status.podIP.startsWith(`${prefix}.`)).toBe(true);
      }
    }
  }
});

real("what has no image here runs on simulated nodes, and make status says so", async () => {
  sandbox.kubectl("jakarta", ["create", "job", namespace, "aggregation-now", "--from=cronjob/report-aggregation"]);
  const select = "--selector=batch.kubernetes.io/job-name=aggregation-now";
  const [pod] = await eventually(
    () => sandbox.get<Pod>("jakarta", "pods", namespace, select),
    ([first]) => first?.spec.nodeName !== undefined,
  );
  expect(node("jakarta", pod?.spec.nodeName ?? "").metadata.labels["nusantara.io/node-kind"]).toBe("simulated");
  sandbox.kubectl("jakarta", ["delete", "job", namespace, "aggregation-now"]);
  const { status, output } = sandbox.run("status");
  expect([status, output]).toEqual([0, expect.any(String)]);
  expect(output).toMatch(/jakarta .*report-aggregation.*simulated: its image is not here/);
  expect(output).toMatch(/jakarta .*api-gateway.*real: its image is here/);
});

real("the gateway answers in every city through its Service, from this machine and from every other city", async () => {
  for (const city of cities) {
    const response = await fetch(`http://127.0.0.1:${portsOf(sandbox.platform, city).gateway}/check`);
    expect(await response.json()).toMatchObject({ service: "api-gateway", city });
    for (const from of cities) {
      expect(JSON.parse(request(from, `api.${city}.nusantara.internal`))).toMatchObject({
        service: "api-gateway",
        city,
      });
    }
  }
});

real("the cluster's DNS knows Services, kubectl logs and exec reach the containers", () => {
  expect(inPod("surabaya", "order", "getent hosts payment.nusantara-mart")).toContain("payment.nusantara-mart.svc");
  const [pod] = podsOf("surabaya", "order");
  const [line = ""] = sandbox.kubectl("surabaya", ["logs", namespace, pod?.metadata.name ?? ""]).split("\n");
  expect(JSON.parse(line)).toMatchObject({ service: "order", city: "surabaya" });
});

real("containers are not root, and can't write to their root file system", () => {
  expect(inPod("jakarta", "order", "id -u")).toBe("10001\n");
  expect(inPod("jakarta", "order", "touch /etc/x 2>&1 || true")).toContain("Read-only file system");
});

real("a request in Bandung reaches a pod in Jakarta by its address; a cut stops that, healing restores it", () => {
  const [pod] = podsOf("jakarta", "order");
  const address = pod?.status.podIP ?? "";
  expect(request("bandung", address)).toContain('"city":"jakarta"');
  expect(command("link --cut jakarta")).toMatch(/jakarta +│ cut/);
  expect(request("bandung", address)).toBe("unreachable\n");
  // The other two still have each other.
  expect(request("bandung", "api.surabaya.nusantara.internal")).toContain('"city":"surabaya"');
  expect(command("link --heal jakarta")).toMatch(/jakarta +│ whole/);
  expect(request("bandung", address)).toContain('"city":"jakarta"');
});

real(
  "M18: each link has a class for the data tier and one for the rest, at their rates, and traffic goes by port",
  async () => {
    interface Class {
      handle: string;
      rate: string;
      ceiling: string;
      bytes: number;
    }
    const classes = async (): Promise<Class[]> => {
      const args = ["-statistics", "class", "show", "dev", linkTo("jakarta")];
      const { stdout } = await run(...inNamespace(cityNamespace(sandbox.platform, "bandung"), "tc", args));
      // class htb 1:10 root leaf 8001: prio 0 rate 50Mbit ceil 50Mbit … \n Sent 123 bytes 4 pkt …
      return [...stdout.matchAll(/class htb (\S+) .*?rate (\S+) ceil (\S+) .*\n Sent (\d+) bytes/g)].map(
        ([, handle = "", rate = "", ceiling = "", bytes]) => ({ handle, rate, ceiling, bytes: Number(bytes) }),
      );
    };
    const sent = async (handle: string) => (await classes()).find((each) => each.handle === handle)?.bytes ?? 0;
    const { database: data, application: rest } = nusantara.linkBudgetMegabits;
    expect((await classes()).map(({ handle, rate, ceiling }) => [handle, rate, ceiling]).sort()).toEqual([
      ["1:10", `${data}Mbit`, `${data}Mbit`],
      ["1:20", `${rest}Mbit`, `${rest}Mbit`],
    ]);
    const [pod] = podsOf("jakarta", "order");
    const [database, application] = [await sent("1:10"), await sent("1:20")];
    inPod("bandung", "order", `timeout 2 bash -c 'exec 3<>/dev/tcp/${pod?.status.podIP ?? ""}/5432' || true`);
    expect(await sent("1:10")).toBeGreaterThan(database);
    request("bandung", pod?.status.podIP ?? "");
    expect(await sent("1:20")).toBeGreaterThan(application);
  },
);

real("a service reads and adds rows of its own only, and reports count those of all", () => {
  const records = (role: string, statement: string): string => {
    const psql = ["psql", "-At", "nusantara", "-c", `SET ROLE "${role}"`, "-c", statement];
    return sandbox.kubectl("jakarta", ["exec", "--namespace=databases", "core-0", "-c", "postgres", "--", ...psql]);
  };
  const ofInventory = "SELECT count(*) FROM reference.records WHERE service = 'inventory'";
  expect(records("inventory", ofInventory)).not.toBe("SET\n0\n");
  expect(records("report", ofInventory)).toBe(records("inventory", ofInventory));
  expect(records("order", ofInventory)).toBe("SET\n0\n");
  const add =
    "INSERT INTO reference.records (service, subject, body, request_sha256, city) VALUES ('inventory', 'x', '{}', '', 'x')";
  expect(() => records("order", add)).toThrow("violates row-level security policy");
  expect(() => records("order", "DELETE FROM reference.records")).toThrow("permission denied");
});

real("a killed node is silent and comes back; a frozen one goes on where it was", async () => {
  const isReady = async (wanted: boolean) =>
    ready(
      await eventually(
        () => node("bandung", "bandung-light-1"),
        (found) => ready(found) === wanted,
      ),
    );
  command("node --kill bandung-light-1");
  expect(await isReady(false)).toBe(false);
  command("node --start bandung-light-1");
  expect(await isReady(true)).toBe(true);
  const running = () => podsOf("bandung", "report").filter(({ status }) => status.phase === "Running").length;
  expect(await eventually(running, (count) => count === 2)).toBe(2);

  const [pod] = podsOf("surabaya", "report");
  const address = pod?.status.podIP ?? "";
  expect(command("node --freeze surabaya-light-1")).toMatch(/surabaya-light-1 +│ frozen/);
  expect(request("surabaya", address)).toBe("unreachable\n");
  expect(command("node --thaw surabaya-light-1")).toMatch(/surabaya-light-1 +│ running/);
  expect(
    await eventually(
      () => request("surabaya", address),
      (answer) => answer.includes('"report"'),
    ),
  ).toContain("report");
});

describe("a volume", () => {
  const storage = "--namespace=storage-test";
  const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data" } };
  const claimSpec = {
    storageClassName: "database",
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
  };
  /** A pod on one node that runs a script with the volume at /data. */
  const pod = (name: string, hostname: string, script: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      nodeSelector: { "kubernetes.io/hostname": hostname },
      tolerations: [{ key: "nusantara.io/dedicated", operator: "Exists" }],
      securityContext: { runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
      containers: [
        {
          name: "shell",
          image: "ghcr.io/nusantara-platform/service:1.1.0",
          command: ["bash", "-c", script],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    },
  });
  const apply = (...objects: object[]) =>
    sandbox.kubectl(
      "jakarta",
      ["apply", storage, "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    );
  const phaseOf = (name: string) =>
    sandbox.kubectl("jakarta", ["get", storage, "pod", name, "-o", "jsonpath={.status.phase}"]);
  const finished = (name: string) =>
    eventually(
      () => phaseOf(name),
      (phase) => ["Succeeded", "Failed"].includes(phase),
    );
  const read = (name: string) => sandbox.kubectl("jakarta", ["logs", storage, name]);
  let volume = "";

  real("is made in the zone of its first pod, and belongs to the pod's group", async () => {
    sandbox.kubectl("jakarta", ["create", "namespace", "storage-test"]);
    apply({ ...claim, spec: claimSpec }, pod("writer", "jakarta-general-1", "echo kept > /data/file && sync"));
    expect(await finished("writer")).toBe("Succeeded");
    volume = sandbox.kubectl("jakarta", ["get", storage, "pvc", "data", "-o", "jsonpath={.spec.volumeName}"]);
  });

  real("is found by a pod on another node of the zone, and waited for in another zone", async () => {
    apply(pod("reader", "jakarta-light-1", "cat /data/file"), pod("stranger", "jakarta-database-2", "cat /data/file"));
    expect(await finished("reader")).toBe("Succeeded");
    expect(read("reader")).toBe("kept\n");
    expect(phaseOf("stranger")).toBe("Pending");
    expect(
      sandbox.kubectl("jakarta", ["get", storage, "pod", "stranger", "-o", "jsonpath={.status.conditions}"]),
    ).toContain("PersistentVolume's node affinity");
  });

  real("M8: survives its claim, and is attached again as docs/real-nodes.md says", async () => {
    sandbox.kubectl("jakarta", ["delete", storage, "pod/writer", "pod/reader", "pod/stranger", "pvc/data"]);
    const phase = () => sandbox.kubectl("jakarta", ["get", "pv", volume, "-o", "jsonpath={.status.phase}"]);
    expect(await eventually(phase, (text) => text === "Released")).toBe("Released");
    sandbox.kubectl("jakarta", [
      "patch",
      "pv",
      volume,
      "--type=json",
      `--patch=[{"op":"remove","path":"/spec/claimRef"}]`,
    ]);
    apply({ ...claim, spec: { ...claimSpec, volumeName: volume } }, pod("heir", "jakarta-light-1", "cat /data/file"));
    expect(await finished("heir")).toBe("Succeeded");
    expect(read("heir")).toBe("kept\n");
    sandbox.kubectl("jakarta", ["delete", "namespace", "storage-test"]);
  });
});

describe("names", () => {
  const within = "--namespace=names-test";
  const host = "web-0.web.jakarta.nusantara.internal";
  const addressesOf = (name: string): string[] =>
    inPod("bandung", "order", `getent ahostsv4 ${name} || true`)
      .split("\n")
      .flatMap((line) =>
        line
          .split(" ")
          .filter((word) => word !== "")
          .slice(0, 1),
      )
      .filter((address, index, all) => all.indexOf(address) === index);
  /** A pod that is never ready, as a member of a cluster that waits for the others. */
  const pod = (hostname: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-0", labels: { app: "web" } },
    spec: {
      hostname: "web-0",
      subdomain: "web",
      nodeSelector: { "kubernetes.io/hostname": hostname },
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "shell",
          image: "ghcr.io/nusantara-platform/service:1.1.0",
          command: ["bash", "-c", "sleep 3600"],
          readinessProbe: { exec: { command: ["false"] } },
        },
      ],
    },
  });
  const apply = (...items: object[]) =>
    sandbox.kubectl("jakarta", ["apply", within, "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const addressOfPod = () =>
    eventually(
      () => sandbox.kubectl("jakarta", ["get", within, "pod", "web-0", "-o", "jsonpath={.status.podIP}"]),
      (address) => address !== "",
    );

  real("follow a pod behind a headless Service to its next address within seconds, in every city", async () => {
    sandbox.kubectl("jakarta", ["create", "namespace", "names-test"]);
    const annotations = { "external-dns.alpha.kubernetes.io/hostname": "web.jakarta.nusantara.internal" };
    const spec = { clusterIP: "None", publishNotReadyAddresses: true, selector: { app: "web" } };
    expect(addressesOf(host)).toEqual([]);
    apply(
      { apiVersion: "v1", kind: "Service", metadata: { name: "web", annotations }, spec },
      pod("jakarta-general-1"),
    );
    const seen: string[] = [];
    for (const next of ["jakarta-light-1", undefined]) {
      const address = await addressOfPod();
      const start = Date.now();
      const known = await eventually(
        () => addressesOf(host),
        (addresses) => addresses[0] === address,
      );
      expect(known).toEqual([address]);
      // Five seconds, and as many for a busy machine.
      expect(Date.now() - start).toBeLessThan(10_000);
      // Another name, so another entry in the caches of the cluster's DNS, of which there are two.
      const ofAll = await eventually(
        () => addressesOf("web.jakarta.nusantara.internal"),
        (addresses) => addresses[0] === address,
      );
      expect(ofAll).toEqual([address]);
      expect(seen).not.toContain(address);
      seen.push(address);
      sandbox.kubectl("jakarta", ["delete", within, "pod", "web-0", "--wait"]);
      if (next !== undefined) apply(pod(next));
    }
    const gone = await eventually(
      () => addressesOf(host),
      (addresses) => addresses.length === 0,
    );
    expect(gone).toEqual([]);
    sandbox.kubectl("jakarta", ["delete", "namespace", "names-test"]);
  });

  real("of the object storage are there for every city", () => {
    for (const city of cities) {
      const [router] = addressesOf(`s3.${city}.nusantara.internal`);
      expect(router).toBe(routerAddress(nusantara.cities[city as "jakarta"].network.nodes));
    }
  });
});

/** Asks the object storage of a city from another one. */
const storage = (from: string, to: string, request: Omit<StorageRequest, "from" | "to" | "address">): StorageAnswer =>
  askStorage(sandbox.platform, {
    ...{ from, to, address: routerAddress(nusantara.cities[to as "jakarta"].network.nodes) },
    ...request,
  });

real("every city's object storage takes what another city puts, over TLS, and nothing without the right key", () => {
  for (const [index, to] of cities.entries()) {
    const from = cities[(index + 1) % cities.length] ?? "";
    expect(storage(from, to, { method: "PUT", object: "wal/0001", body: `of ${from}` }).status).toBe(200);
    expect(storage(to, to, { object: "wal/0001" })).toEqual({ status: 200, body: `of ${from}` });
    expect(storage(from, to, { object: "wal/0001", secretAccessKey: "another" }).status).toBe(403);
  }
});

real("object storage that is stopped refuses connections, is reported, and has everything when it starts", async () => {
  expect(command("storage --stop jakarta")).toMatch(/jakarta +│ stopped/);
  expect(storage("bandung", "jakarta", { object: "wal/0001" }).error).toBe("ECONNREFUSED");
  const { status, output } = sandbox.run("status");
  expect([status, output]).toEqual([1, expect.stringContaining("Object storage is stopped: jakarta")]);
  expect(output).toContain("jakarta: its object storage is stopped");
  expect(command("storage --start jakarta")).toMatch(/jakarta +│ up/);
  const answer = await eventually(
    () => storage("bandung", "jakarta", { object: "wal/0001" }),
    (each) => each.status === 200,
  );
  expect(answer.body).toBe("of bandung");
  const after = sandbox.run("status");
  expect([after.status, after.output]).toEqual([0, expect.any(String)]);
});

real("what a Job has said last can be read, whether it failed or not", async () => {
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "talkative", namespace: "default" },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: "Never",
          containers: [
            {
              name: "shell",
              image: "ghcr.io/nusantara-platform/service:1.1.0",
              command: ["bash", "-c", "echo first; echo why it failed >&2; exit 1"],
            },
          ],
        },
      },
    },
  };
  sandbox.kubectl("jakarta", ["apply", "-f", "-"], JSON.stringify(job));
  const kubectl = new Kubectl(sandbox.platform, "jakarta");
  const error: unknown = await waitUntilReady(kubectl, { city: "jakarta", manifests: [job] }).catch(
    (reason: unknown) => reason,
  );
  expect((error as UserError).explanation).toContain("Job default/talkative says: why it failed");
  sandbox.kubectl("jakarta", ["delete", "job", "talkative"]);
});

real("a killed city is gone as a whole, and comes back as it was", async () => {
  command("city --kill bandung");
  expect(sandbox.run("status").output).toMatch(/bandung +│ stopped/);
  expect(sandbox.run("drill").output).toContain(
    "the control plane of bandung does not answer\n  → make city START=bandung",
  );
  expect(storage("jakarta", "bandung", { object: "wal/0001" }).status).toBeUndefined();
  // Its names are in the zone still: nobody is left to take them back.
  expect(inPod("jakarta", "order", "getent hosts api.bandung.nusantara.internal")).toContain("10.120.");
  expect(request("jakarta", "api.bandung.nusantara.internal")).toBe("unreachable\n");
  command("city --start bandung");
  const answer = await eventually(
    () => request("jakarta", "api.bandung.nusantara.internal"),
    (text) => text.includes('"city":"bandung"'),
  );
  expect(answer).toContain('"city":"bandung"');
  expect(storage("jakarta", "bandung", { object: "wal/0001" })).toEqual({ status: 200, body: "of surabaya" });
});

real("make up mends what is left of a drill, and finds nothing to do the next time", () => {
  expect(sandbox.run("up").status).toBe(0);
  const result = sandbox.run("up", { NODES: "" });
  for (const city of cities) expect(Sandbox.changes(result, city)).toEqual([`${city}: no changes`]);
  expect(result.output).toContain("with real nodes (they were brought up so)");
  expect(result.status).toBe(0);
});

describe("the data tier", () => {
  /** Share of the processors that a machine's host may take before who leads, and for how long, is its choice. */
  const starved = 0.1;
  /** Minutes that a drill takes where the machine is slow, with its repetitions. */
  const minutesOfDrill = 10;

  const holdDrill = (scenario: string, attempt: number): { attempts: readonly AttemptReport[]; output: string } => {
    const directory = join(sandbox.platform.directory, "..", "drills", `${attempt}`);
    const { output } = sandbox.run("drill", { SCENARIO: scenario, OUT: directory });
    const attempts = readReport(directory)?.scenarios.find((each) => each.scenario.name === scenario)?.attempts ?? [];
    return { attempts, output };
  };

  /** What an attempt found, and why it broke off where it did. */
  const judge = (scenario: string, { error, stolen, checks = [] }: AttemptReport) => {
    const isStarved = stolen > starved;
    const comesBack = ({ what, measured }: { what: string; measured: string }): boolean =>
      measured === "never" || Number.parseFloat(measured) > bounds.recoveryLimit || what.startsWith("leader");
    const broken = checks
      .filter((check) => !check.isKept && (check.of === "data" || (!isStarved && comesBack(check))))
      .map(({ what, measured }) => `${what}: ${measured}`);
    if (!isStarved) return { broken, error };
    process.stderr.write(
      `Left out of ${scenario}: all but what was lost, for the machine's host took ${Math.round(stolen * 100)} % of the processors${error === undefined ? "" : ` (${error})`}.\n`,
    );
    return { broken, error: undefined };
  };

  /** A drill that broke off is held once more where there is time: a single time may be the machine's fault. */
  const findings = (scenario: string, attempt = 1): string[] => {
    const { attempts, output } = holdDrill(scenario, attempt);
    if (attempts.length === 0) return [output];
    const judged = attempts.map((each) => judge(scenario, each));
    const broken = judged.flatMap((each) => each.broken);
    const error = judged.find((each) => each.error !== undefined)?.error;
    if (error === undefined) return broken;
    if (broken.length > 0 || attempt > 1 || lackOfTime(minutesOfDrill) !== undefined) return [...broken, error];
    process.stderr.write(`Held once more: ${scenario}, which broke off: ${error}\n`);
    return findings(scenario, attempt + 1);
  };

  // How long it took is measured, and shown by make drill; a machine that is short of time breaks no promise here but the limit of the
  // requirement. That writes come back, and by whom, is no matter of time, unless there is next to none.
  for (const { name, title, covers } of chosenScenarios("ci"))
    real(
      `${covers.join(", ")}: ${title}: writes come back, and the clients' histories fit (${name})`,
      () => {
        expect(findings(name)).toEqual([]);
      },
      minutesOfDrill,
    );
});

real("wrong names are refused, with those that there are", () => {
  expect(sandbox.run("link --cut jakart").output).toContain('"jakart" is no city; did you mean "jakarta"?');
  expect(sandbox.run("node --kill jakarta-general-2").output).toContain('"jakarta-general-2" is no real node');
  expect(sandbox.run("up", { NODES: "docker" }).output).toContain('NODES is "docker"');
});

real("make down leaves the machine as it was", () => {
  const { status, output } = sandbox.run("down");
  expect(output).toContain("Removed jakarta, bandung, surabaya");
  expect(status).toBe(0);
  expect(machineState()).toEqual(before);
  expect(sandbox.stateExists).toBe(false);
});

real("make down cleans up after a run that was killed in the middle", async () => {
  const child = sandbox.launch("up", { CITIES: "surabaya" });
  const directory = join(sandbox.platform.directory, "nodes", "surabaya");
  await eventually(() => existsSync(directory) && readdirSync(directory).length > 1, Boolean);
  child.kill("SIGKILL");
  await sleep(2000);
  expect(sandbox.run("down").status).toBe(0);
  expect(machineState()).toEqual(before);
  expect(sandbox.stateExists).toBe(false);
});
