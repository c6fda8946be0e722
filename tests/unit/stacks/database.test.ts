import { parse } from "yaml";
import type { CapturedStack } from "../../../local/render/capture.js";
import { allocatable, nodeClasses } from "../../../stacks/nodeClasses.js";
import { systemReserve } from "../../../stacks/capacity.js";
import { bytes, millicores } from "../../../components/kubernetes/index.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { renderCity } from "../../support/city.js";
import { databases } from "../../support/database.js";
import { objectOf, objectsOf, podTemplatesOf, within, type PodTemplate } from "../../support/objects.js";

const cities = cityNames(nusantara);
const sets = ["core", "reporting"];
const stacks = new Map<string, CapturedStack>();
beforeAll(async () => {
  for (const city of cities) stacks.set(city, await renderCity(city));
});

/** What stands in the namespace of a city's data tier. */
const tier = (city: string) => within(stacks.get(city)?.resources ?? [], databases);
const statefulSet = (city: string, name: string) => objectOf(tier(city), "StatefulSet", name);
const volumes = (city: string) => objectsOf(tier(city), "StatefulSet");
const containers = (city: string) =>
  podTemplatesOf(tier(city)).flatMap(([name, { spec }]) =>
    spec.containers.map((container) => ({ workload: name, ...container })),
  );

function container({ spec }: PodTemplate, name: string) {
  const found = spec.containers.find((each) => each.name === name);
  if (!found) throw new Error(`there is no container "${name}"`);
  return found;
}

describe.each(cities)("the databases of %s (M8)", (city) => {
  test("are main and backup of core and of reporting, and a vote", () => {
    expect(volumes(city).map(({ metadata, spec }) => [metadata.name, spec.replicas])).toEqual([
      ["core", 2],
      ["etcd", 1],
      ["reporting", 2],
    ]);
  });

  test.each(sets)("give each pod of %s a volume of 500 GB that outlives the pod, the set and the claim", (name) => {
    const { spec } = statefulSet(city, name);
    expect(spec.volumeClaimTemplates.map((claim) => claim.spec)).toEqual([
      { accessModes: ["ReadWriteOnce"], storageClassName: "database", resources: { requests: { storage: "500Gi" } } },
    ]);
    const mount = container(spec.template, "postgres").volumeMounts.find(({ name: volume }) => volume === "data");
    expect(mount?.mountPath).toBe("/var/lib/postgresql");
  });

  test.each(sets)(
    "tell of %s how far transaction IDs are from their end, which the exporter leaves out by default",
    (name) => {
      expect(container(statefulSet(city, name).spec.template, "exporter").args).toEqual([
        "--web.listen-address=:9187",
        "--collector.database_wraparound",
      ]);
    },
  );

  test("keep the claims of every set when it is scaled or deleted", () => {
    for (const { spec } of volumes(city)) {
      expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: "Retain", whenScaled: "Retain" });
      expect(spec.volumeClaimTemplates).toHaveLength(1);
    }
  });

  test.each(sets)("never put two pods of %s on one node (M10)", (name) => {
    const { template } = statefulSet(city, name).spec;
    const own = { app: "postgres", "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "database" };
    expect(template.metadata.labels).toMatchObject(own);
    expect(template.spec.affinity.podAntiAffinity).toEqual({
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: own } },
      ],
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: {
            topologyKey: "kubernetes.io/hostname",
            labelSelector: { matchLabels: { app: "postgres" } },
          },
        },
      ],
    });
  });

  test("stay on the nodes that are kept for them, a member of each set and the vote on one node (M1, M2)", () => {
    const requests = ["core", "reporting", "etcd"].flatMap((name) => {
      const { spec } = statefulSet(city, name).spec.template;
      expect(spec.nodeSelector).toEqual({ "nusantara.io/node-class": "heavy" });
      expect(spec.tolerations).toEqual([
        { key: "nusantara.io/dedicated", operator: "Equal", value: "database", effect: "NoSchedule" },
      ]);
      return spec.containers.map(({ resources }) => resources.requests);
    });
    const node = allocatable(nodeClasses.heavy);
    const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
    expect(sum(requests.map(({ cpu }) => millicores(cpu ?? "") / 1000))).toBeLessThanOrEqual(
      node.cpu - systemReserve.cpu,
    );
    expect(sum(requests.map(({ memory }) => bytes(memory ?? "")))).toBeLessThanOrEqual(
      node.memory - systemReserve.memory,
    );
  });

  test("are restarted by nobody but who takes one after another, and drained one at a time", () => {
    for (const { spec } of volumes(city)) expect(spec.updateStrategy).toEqual({ type: "OnDelete" });
    for (const name of [...sets, "entry-points"]) {
      const { spec } = objectOf(tier(city), "PodDisruptionBudget", name);
      expect(spec.minAvailable).toBe(1);
      const templates = podTemplatesOf(tier(city)).filter(([workload]) => workload === name);
      expect(templates.map(([, { metadata }]) => metadata.labels)).toMatchObject([spec.selector.matchLabels]);
    }
  });

  test("start at the same time, and may wait a day for a quorum without being restarted (M11)", () => {
    for (const { spec } of volumes(city)) expect(spec.podManagementPolicy).toBe("Parallel");
    for (const name of sets) {
      const { startupProbe } = container(statefulSet(city, name).spec.template, "postgres");
      expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBeGreaterThanOrEqual(86_400);
    }
  });

  test("stay ready as replicas without a primary: reads go on (M12)", () => {
    for (const name of sets) {
      const { readinessProbe, livenessProbe } = container(statefulSet(city, name).spec.template, "postgres");
      expect(readinessProbe.httpGet).toEqual({ path: "/health", port: "patroni", scheme: "HTTPS" });
      expect(livenessProbe.httpGet).toEqual({ path: "/liveness", port: "patroni", scheme: "HTTPS" });
    }
  });

  test.each(sets)("have a configuration of its own for each pod of %s", (name) => {
    const { data } = objectOf(tier(city), "ConfigMap", `${name}-config`);
    const { spec } = statefulSet(city, name);
    const pods = Array.from({ length: spec.replicas }, (_, ordinal) => `${name}-${ordinal}`);
    expect(Object.keys(data).filter((file) => file.startsWith("patroni-"))).toEqual(
      pods.map((pod) => `patroni-${pod}.yaml`),
    );
    for (const pod of pods) {
      expect(parse(data[`patroni-${pod}.yaml`] ?? "")).toMatchObject({
        name: `${city}-${pod}`,
        restapi: { connect_address: `${pod}.db.${city}.nusantara.internal:8008` },
      });
    }
    expect(container(spec.template, "postgres").env).toContainEqual({
      name: "POD_NAME",
      valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
    });
  });

  test("are known to the other cities by name before they are ready, or they could never become so", () => {
    for (const [service, pods] of [
      ["db", ["core", "reporting"]],
      ["etcd", ["etcd"]],
    ] as const) {
      const { metadata, spec } = objectOf(tier(city), "Service", service);
      expect(metadata.annotations["external-dns.alpha.kubernetes.io/hostname"]).toBe(
        `${service}.${city}.nusantara.internal`,
      );
      expect(spec).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
      for (const name of pods) {
        expect(statefulSet(city, name).spec.serviceName).toBe(service);
        expect(statefulSet(city, name).spec.template.metadata.labels).toMatchObject(spec.selector);
      }
    }
  });

  test("back up every day in the city itself, check that every hour and verify it every week (M14)", () => {
    const runs = objectsOf(tier(city), "CronJob").map(({ metadata, spec }) => {
      expect(spec).toMatchObject({ concurrencyPolicy: "Forbid", timeZone: "Asia/Jakarta" });
      const [{ args } = { args: [] }] = spec.jobTemplate.spec.template.spec.containers;
      return [metadata.name, args];
    });
    expect(runs).toEqual([
      ["backup", ["backup", "--type", "full"]],
      ["backup-check", ["check"]],
      ["backup-verify", ["verify"]],
      ["certificate-check", ["check-certificates", "--directory", "/run/issued-certificates", "--days", "15"]],
      ["restore-drill", ["restore-drill"]],
    ]);
    const schedule = (name: string) => objectOf(tier(city), "CronJob", name).spec.schedule;
    expect(schedule("backup")).toMatch(/^\d+ \d+ \* \* \*$/);
    expect(schedule("backup-check")).toMatch(/^\d+ \* \* \* \*$/);
    expect(schedule("backup-verify")).toMatch(/^\d+ \d+ \* \* 0$/);
    expect(schedule("certificate-check")).toMatch(/^\d+ \d+ \* \* \*$/);
    expect(schedule("restore-drill")).toMatch(/^\d+ \d+ \* \* 6$/);
  });

  test("are restored every week, and whenever a person wants it, into a volume that goes with the pod (M14)", () => {
    const templates = new Map(podTemplatesOf(tier(city)));
    const data = statefulSet(city, "reporting").spec.volumeClaimTemplates[0]?.spec.resources.requests;
    for (const name of ["restore-drill", "restore"]) {
      const spec = templates.get(name)?.spec;
      const claims = spec?.volumes.flatMap((volume) =>
        "ephemeral" in volume ? [[volume.name, volume.ephemeral.volumeClaimTemplate.spec] as const] : [],
      );
      expect(claims).toEqual([
        ["scratch", { accessModes: ["ReadWriteOnce"], storageClassName: "scratch", resources: { requests: data } }],
      ]);
      const mounts = spec?.containers.flatMap(({ volumeMounts }) => volumeMounts) ?? [];
      expect(mounts).toContainEqual({ name: "scratch", mountPath: "/scratch" });
    }
    const { spec } = objectOf(tier(city), "CronJob", "restore-drill");
    expect(spec.jobTemplate.spec.backoffLimit).toBe(0);
    // PostgreSQL's files have to be its own, which the volume itself is not.
    const settings = parse(objectOf(tier(city), "ConfigMap", "operations-config").data["operations.yaml"] ?? "") as {
      drill: { directory: string };
    };
    expect(settings.drill.directory).toMatch(/^\/scratch\/.+/);
  });

  test("have a pod for people to restore in, which does not run before they ask for it and never twice", () => {
    const { spec } = objectOf(tier(city), "Deployment", "restore");
    expect([spec.replicas, spec.strategy]).toEqual([0, { type: "Recreate" }]);
  });
});

test.each(["backup", "backup-verify", "restore-drill"])("no two cities begin %s at the same time", (name) => {
  const schedules = cities.map((city) => objectOf(tier(city), "CronJob", name).spec.schedule);
  expect(new Set(schedules).size).toBe(cities.length);
});

test("a vote asks the others before it starts whether its memory was lost (M11)", () => {
  for (const city of cities) {
    const { template } = statefulSet(city, "etcd").spec;
    const etcd = container(template, "etcd");
    const [prepare, ...others] = template.spec.initContainers;
    expect(others).toEqual([]);
    expect(prepare?.image).toBe(container(statefulSet(city, "core").spec.template, "postgres").image);
    const [command, flag, written] = prepare?.args ?? [];
    expect([command, flag]).toEqual(["prepare-etcd", "--output"]);
    expect(etcd.args).toEqual([`--config-file=${written}`]);
    // It looks for data where etcd keeps it.
    expect(prepare?.volumeMounts).toEqual(etcd.volumeMounts);
    const settings: unknown = parse(objectOf(tier(city), "ConfigMap", "etcd-config").data["operations.yaml"] ?? "");
    // The one certificate that the pod has. Parameters of PostgreSQL are not here, or each change would roll etcd.
    expect(settings).toMatchObject({ tls: { patroni: { certificate: "/run/certificates/server.crt" } } });
    expect(settings).not.toHaveProperty("dynamicConfiguration");
  }
});

test("one pod alone may make the cluster: the main one of the first city, so that there is never a second", () => {
  const bootstraps = cities.flatMap((city) =>
    containers(city)
      .filter(({ env }) => (env as typeof env | undefined)?.some(({ name }) => name === "BOOTSTRAP_POD") ?? false)
      .map(({ workload, env }) => [city, workload, env.find(({ name }) => name === "BOOTSTRAP_POD")?.value]),
  );
  expect(bootstraps).toEqual([["jakarta", "core", "core-0"]]);
});

test("each member asks the vote of its own city first (M11)", () => {
  for (const city of cities) {
    const { env } = container(statefulSet(city, "core").spec.template, "postgres");
    const endpoints = env.find(({ name }) => name === "ETCD_ENDPOINTS")?.value.split(",") ?? [];
    expect(endpoints[0]).toBe(`https://etcd-0.etcd.${city}.nusantara.internal:2379`);
    expect([...endpoints].sort()).toEqual(
      cities.map((name) => `https://etcd-0.etcd.${name}.nusantara.internal:2379`).sort(),
    );
  }
});

describe.each(cities)("the entry points of %s", (city) => {
  test("are pg-rw, pg-ro and pg-report on the port of PostgreSQL, each with a pooler of its own", () => {
    const { spec } = objectOf(tier(city), "Deployment", "entry-points");
    for (const entry of ["pg-rw", "pg-ro", "pg-report"]) {
      const service = objectOf(tier(city), "Service", entry).spec;
      expect(service.ports).toEqual([{ name: "postgres", port: 5432, targetPort: entry, protocol: "TCP" }]);
      expect(spec.template.metadata.labels).toMatchObject(service.selector);
      expect(container(spec.template, entry).ports.map(({ name }) => name)).toEqual([entry]);
      expect(container(spec.template, entry).args).toEqual(["/usr/sbin/pgbouncer", `/etc/database/${entry}.ini`]);
    }
    expect(Object.keys(objectOf(tier(city), "ConfigMap", "entry-points-config").data).sort()).toEqual([
      "haproxy.cfg",
      "pg-report.ini",
      "pg-ro.ini",
      "pg-rw.ini",
      "pgbouncer-hba.conf",
      "pgbouncer-users.txt",
    ]);
  });

  test("have an exporter for each pooler, which asks it over the socket and can't become its administrator", () => {
    const { template } = objectOf(tier(city), "Deployment", "entry-points").spec;
    const { data } = objectOf(tier(city), "ConfigMap", "entry-points-config");
    for (const [entry, port, name] of [
      ["pg-rw", 9127, "metrics-rw"],
      ["pg-ro", 9128, "metrics-ro"],
      ["pg-report", 9129, "metrics-report"],
    ] as const) {
      const exporter = container(template, `${entry}-exporter`);
      const listens = /^listen_port = (\d+)$/m.exec(data[`${entry}.ini`] ?? "")?.[1];
      expect(data[`${entry}.ini`]).toContain("unix_socket_dir = /run/pgbouncer\n");
      expect(exporter).toMatchObject({
        command: [
          "/bin/bash",
          "-c",
          expect.stringContaining('exec /usr/bin/prometheus-pgbouncer-exporter "$@"'),
          listens,
        ],
        args: [
          `--web.listen-address=:${port}`,
          `--pgBouncer.connectionString=user=stats host=/run/pgbouncer port=${listens} dbname=pgbouncer`,
          "--pgBouncer.pid-file=",
        ],
        ports: [{ name, containerPort: port }],
        // Who comes as the user that PgBouncer runs as is its administrator.
        securityContext: { runAsUser: 10002 },
      });
      expect(exporter).not.toHaveProperty("env");
      expect(container(template, entry).securityContext).not.toHaveProperty("runAsUser");
    }
    expect(template.spec.securityContext).toMatchObject({ runAsUser: 10001 });
  });

  test("are two, on different nodes, and never fewer during a roll-out (M16)", () => {
    const { spec } = objectOf(tier(city), "Deployment", "entry-points");
    expect(spec.replicas).toBe(2);
    expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(spec.template.spec.topologySpreadConstraints).toMatchObject([
      { topologyKey: "kubernetes.io/hostname", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" },
      { topologyKey: "topology.kubernetes.io/zone" },
    ]);
  });
});
