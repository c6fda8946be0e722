import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { CapturedResource } from "../../../local/render/capture.js";
import { versions } from "../../../stacks/versions.js";
import { renderCity, root } from "../../support/city.js";
import { databases } from "../../support/database.js";
import {
  allContainersOf,
  objectOf,
  objectsOf,
  podTemplatesOf,
  within,
  type PodTemplate,
} from "../../support/objects.js";

let stack: CapturedResource[] = [];
let tier: CapturedResource[] = [];
beforeAll(async () => {
  ({ resources: stack } = await renderCity("bandung"));
  tier = within(stack, databases);
});

const withoutHash = (name: string): string => name.replace(/^reconcile-[0-9a-f]+$/, "reconcile");
const pods = (): [string, PodTemplate["spec"]][] =>
  podTemplatesOf(tier).map(([name, { spec }]) => [withoutHash(name), spec]);

/** Every container by pod and name, those before the others first. */
const containers = () =>
  pods().flatMap(([name, spec]) =>
    allContainersOf(spec).map((container) => [`${name}/${container.name}`, container] as const),
  );
const longRunning = () =>
  containers().filter(([name]) => /^(core|reporting|etcd|entry-points)\/(?!prepare$)/.test(name));

/** What is true of each of the named things, as an object that shows those of which it is not. */
const all = <T>(named: readonly (readonly [string, unknown])[], expected: T): Record<string, T> =>
  Object.fromEntries(named.map(([name]) => [name, expected]));

test("the pods are those of the members, the vote, the entry points and the Jobs", () => {
  const jobs = ["reconcile", "backup", "backup-check", "backup-verify", "certificate-check", "restore-drill"];
  const names = ["core", "reporting", "etcd", "entry-points", "restore", ...jobs];
  expect(
    pods()
      .map(([name]) => name)
      .sort(),
  ).toEqual(names.sort());
  expect(longRunning().map(([name]) => name)).toEqual([
    "entry-points/haproxy",
    "entry-points/pg-rw",
    "entry-points/pg-ro",
    "entry-points/pg-report",
    "entry-points/pg-rw-exporter",
    "entry-points/pg-ro-exporter",
    "entry-points/pg-report-exporter",
    "core/postgres",
    "core/pgbackrest",
    "core/exporter",
    "etcd/etcd",
    "reporting/postgres",
    "reporting/pgbackrest",
    "reporting/exporter",
  ]);
});

describe("every pod of the data tier", () => {
  test("is in a namespace that takes none but restricted ones", () => {
    expect(objectOf(stack, "Namespace", databases).metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
  });

  test("is restricted: no root, no privileges, no system calls beyond the runtime's", () => {
    for (const [, spec] of pods()) {
      expect(spec).not.toMatchObject({ hostNetwork: true });
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 10001,
        fsGroup: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      });
    }
    const contexts = containers().map(([name, { securityContext }]) => [name, securityContext] as const);
    expect(Object.fromEntries(contexts)).toMatchObject(
      all(contexts, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      }),
    );
  });

  test("has no token for the Kubernetes API, but for the Job that restarts members one after another", () => {
    const tokens = pods().map(([name, { automountServiceAccountToken }]) => [name, automountServiceAccountToken]);
    expect(tokens.filter(([, token]) => token !== false)).toEqual([["reconcile", true]]);
    for (const { automountServiceAccountToken } of objectsOf(tier, "ServiceAccount")) {
      expect(automountServiceAccountToken).toBe(false);
    }
    const accounts = objectsOf(tier, "ServiceAccount").map(({ metadata }) => metadata.name);
    expect(accounts).toEqual(expect.arrayContaining(pods().map(([, { serviceAccountName }]) => serviceAccountName)));
    expect(new Set(pods().map(([, { serviceAccountName }]) => serviceAccountName)).size).toBe(pods().length);
  });

  test("has requests and limits in each container", () => {
    for (const [name, { resources }] of containers()) {
      for (const amounts of [resources.requests, resources.limits]) {
        expect([name, Object.keys(amounts).sort()]).toEqual([name, ["cpu", "memory"]]);
      }
    }
  });

  test("says how much its directories may hold, and shows each container no volume but those of the pod", () => {
    for (const [, spec] of pods()) {
      const volumes = spec.volumes.map(({ name }) => name);
      for (const { emptyDir } of spec.volumes.filter((volume) => "emptyDir" in volume)) {
        expect(emptyDir.sizeLimit).toMatch(/^\d+[MG]i$|^\d+$/);
      }
      const mounted = allContainersOf(spec).flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
      expect(mounted.filter((name) => name !== "data" && !volumes.includes(name))).toEqual([]);
      expect(volumes.filter((name) => !mounted.includes(name))).toEqual([]);
    }
  });
});

describe("every container that keeps running", () => {
  test("is restarted when it hangs", () => {
    const probes = longRunning().map(([name, { livenessProbe }]) => [
      name,
      livenessProbe.periodSeconds > 0 && ("httpGet" in livenessProbe || "tcpSocket" in livenessProbe),
    ]);
    expect(Object.fromEntries(probes)).toEqual(all(longRunning(), true));
  });

  test("gets no connections before it can serve them, where others connect to it", () => {
    const served = longRunning().filter(([name]) => !/\/(pgbackrest|(pg-.*-)?exporter)$/.test(name));
    for (const [name, { readinessProbe, ports }] of served) {
      const { port } =
        (readinessProbe as { httpGet?: { port: string }; tcpSocket?: { port: string } }).httpGet ??
        readinessProbe.tcpSocket;
      expect([name, ports.map((each) => each.name)]).toEqual([name, expect.arrayContaining([port])]);
    }
  });
});

describe("the images of the data tier", () => {
  const own = Object.keys(versions.images) as (keyof typeof versions.images)[];

  test("are of our registry, each at the version that is pinned for all cities", () => {
    const images = new Set(containers().map(([, { image }]) => image));
    expect([...images].sort()).toEqual(
      own.map((name) => `ghcr.io/nusantara-platform/${name}:${versions.images[name]}`).sort(),
    );
  });

  test.each(own)("are built at that version: %s", (name) => {
    const definition = parse(readFileSync(join(root, "images", name, "image.yaml"), "utf8")) as { version: unknown };
    expect(definition.version).toBe(versions.images[name]);
  });

  test("run what they are for", () => {
    const image = (name: string) =>
      containers()
        .find(([each]) => each === name)?.[1]
        .image.replace(/^.*\/|:.*$/g, "");
    expect(image("etcd/etcd")).toBe("etcd");
    for (const name of [
      "core/postgres",
      "reporting/pgbackrest",
      "core/exporter",
      "reconcile/reconcile",
      "etcd/prepare",
    ]) {
      expect(image(name)).toBe("postgres");
    }
    for (const name of ["haproxy", "pg-rw", "pg-rw-exporter"]) {
      expect(image(`entry-points/${name}`)).toBe("entry-points");
    }
  });
});

test("the one hand that restarts members may look at them and evict one of its five pods, and nothing else", () => {
  expect(objectsOf(stack, "Role").map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual([
    [databases, "reconcile"],
  ]);
  expect(objectOf(tier, "Role").rules).toEqual([
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    {
      apiGroups: [""],
      resources: ["pods/eviction"],
      resourceNames: ["core-0", "core-1", "reporting-0", "reporting-1", "etcd-0"],
      verbs: ["create"],
    },
    { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["get", "list"] },
  ]);
  expect(objectOf(tier, "RoleBinding")).toMatchObject({
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reconcile" },
    subjects: [{ kind: "ServiceAccount", name: "reconcile", namespace: databases }],
  });
});
