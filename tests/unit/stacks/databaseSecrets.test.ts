import type { CapturedStack } from "../../../local/render/capture.js";
import { isKubernetesObject } from "../../../local/render/manifests.js";
import { redactSecrets, unwrapSecrets } from "../../../local/render/secrets.js";
import { parseSharedSecrets } from "../../../stacks/outputs.js";
import { backupCredentials, databases, mark, renderMarked } from "../../support/database.js";
import { objectOf, objectsOf, podTemplatesOf, within } from "../../support/objects.js";

const stacks = new Map<string, CapturedStack>();
beforeAll(async () => {
  for (const city of ["jakarta", "bandung"]) stacks.set(city, await renderMarked(city, backupCredentials));
});

function rendered(city: string): CapturedStack {
  const stack = stacks.get(city);
  if (!stack) throw new Error(`${city} was not rendered`);
  return stack;
}
const tier = (city: string) => within(rendered(city).resources, databases);

/** The files of a Secret, in plain text. */
function filesOf(city: string, name: string): Record<string, string> {
  const secret = tier(city).find(({ type, inputs }) => {
    const { metadata } = inputs as { metadata?: { name?: unknown } };
    return type === "kubernetes:core/v1:Secret" && metadata?.name === name;
  });
  const data = (unwrapSecrets(secret?.inputs.data) ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

const pair = (name: string): string[] => [`${name}.crt`, `${name}.key`];
const certificates: Record<string, string[]> = {
  "postgres-certificates": ["server", "patroni", "replicator", "rewinder", "pgbackrest"].flatMap(pair),
  "etcd-certificates": pair("server"),
  "entry-point-certificates": ["server", "pgbouncer"].flatMap(pair),
  "reconcile-certificates": ["patroni", "administrator"].flatMap(pair),
  "backup-certificates": pair("pgbackrest"),
  "restore-certificates": ["patroni", "verifier", "pgbackrest"].flatMap(pair),
};

describe.each(["jakarta", "bandung"])("the secrets of the data tier in %s", (city) => {
  test.each(Object.entries(certificates))("%s holds the keys that its pods need, and no other (M6)", (name, files) => {
    const held = filesOf(city, name);
    expect(Object.keys(held).sort()).toEqual(["ca.crt", ...files].sort());
    expect(held["ca.crt"]).toBe("certificate of shared-database-certificate-authority-certificate");
  });

  test("give each kind of pod a server key of its own", () => {
    const keys = Object.keys(certificates).flatMap((name) => filesOf(city, name)["server.key"] ?? []);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(3);
  });

  test("are mounted by those pods alone", () => {
    const mounted = podTemplatesOf(tier(city)).map(([name, { spec }]) => [
      name.replace(/^reconcile-.*/, "reconcile"),
      spec.volumes.flatMap(({ secret }) => (secret as typeof secret | undefined)?.secretName ?? []).sort(),
    ]);
    const members = (set: string) => ["postgres-certificates", "repository-secrets", `restore-secrets-${set}`];
    const backup = ["backup-certificates", "repository-secrets"];
    const restore = ["repository-secrets", "restore-certificates", "restore-secrets-reporting"];
    expect(Object.fromEntries(mounted)).toEqual({
      core: members("core"),
      reporting: members("reporting"),
      etcd: ["etcd-certificates"],
      "entry-points": ["entry-point-certificates"],
      reconcile: ["reconcile-certificates", "roles"],
      backup,
      "backup-check": backup,
      "backup-verify": backup,
      "certificate-check": [],
      "restore-drill": restore,
      restore,
    });
  });

  test("are files that only the group of the pod reads", () => {
    for (const [, { spec }] of podTemplatesOf(tier(city))) {
      const volumes = spec.volumes.filter((volume) => "secret" in volume);
      expect(volumes.map(({ secret }) => secret.defaultMode)).toEqual(volumes.map(() => 0o440));
      for (const { name } of volumes) {
        const mounts = spec.containers.flatMap(({ volumeMounts }) =>
          volumeMounts.filter((mount) => mount.name === name),
        );
        expect(mounts.length).toBeGreaterThan(0);
        expect(mounts.every(({ readOnly }) => readOnly)).toBe(true);
      }
    }
  });

  test("are not seen by the exporters, which show everybody what they find", () => {
    for (const name of ["core", "reporting"]) {
      const { spec } = objectOf(tier(city), "StatefulSet", name).spec.template;
      const exporter = spec.containers.find((each) => each.name === "exporter");
      expect(exporter?.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(["/run/postgresql", "/tmp"]);
    }
    const { spec } = objectOf(tier(city), "Deployment", "entry-points").spec.template;
    for (const { volumeMounts } of spec.containers.filter(({ name }) => name.endsWith("-exporter"))) {
      expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual(["/run/pgbouncer"]);
    }
  });

  test("stand in Secrets and nowhere else: in no ConfigMap, environment, argument or annotation", () => {
    const objects = rendered(city).resources.filter(isKubernetesObject);
    const plain = JSON.stringify(objects.map(({ inputs }) => unwrapSecrets(inputs)));
    const encoded = (text: string) => Buffer.from(text, "utf8").toString("base64").slice(0, 8);
    expect(plain).toContain(encoded(mark));
    for (const { type, inputs, urn } of objects) {
      if (type !== "kubernetes:core/v1:Secret") {
        expect([urn, JSON.stringify(unwrapSecrets(inputs)).includes(mark)]).toEqual([urn, false]);
      }
      expect([urn, JSON.stringify(redactSecrets(inputs)).includes(mark)]).toEqual([urn, false]);
      expect([urn, JSON.stringify(redactSecrets(inputs)).includes(encoded(mark))]).toEqual([urn, false]);
    }
  });

  test("never hold the key of the authority: a pod could make itself a certificate for any role", () => {
    const { authority } = parseSharedSecrets("jakarta", unwrapSecrets(rendered(city).outputs.sharedSecrets)).database;
    expect(authority.privateKeyPem).toContain(mark);
    for (const secret of objectsOf(tier(city), "Secret")) {
      const files = Object.values(filesOf(city, secret.metadata.name));
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((text) => text.includes(authority.privateKeyPem))).toEqual([]);
    }
  });

  test.each(["migrator", "drill"])(
    "hand the login of %s out in a Secret of its own, which no pod here mounts",
    (role) => {
      const { database } = parseSharedSecrets("jakarta", unwrapSecrets(rendered(city).outputs.sharedSecrets));
      expect(filesOf(city, `${role}-database`)).toEqual({
        username: `${role}_a`,
        password: database.logins[role]?.passwords.a,
        "ca.crt": database.authority.certificatePem,
      });
    },
  );

  test("say of a password no more than its verifier to who makes the roles", () => {
    const { database } = parseSharedSecrets("jakarta", unwrapSecrets(rendered(city).outputs.sharedSecrets));
    const sql = filesOf(city, "roles")["roles.sql"] ?? "";
    for (const [role, { passwords }] of Object.entries(database.logins)) {
      expect(sql).toMatch(new RegExp(`'${role}_a', 'SCRAM-SHA-256\\$`));
      expect(sql).toMatch(new RegExp(`'${role}_b', 'SCRAM-SHA-256\\$`));
      for (const password of Object.values(passwords)) expect(sql).not.toContain(password);
    }
  });

  test("open the repositories: each secret part names the passphrase and the keys of every one", () => {
    const { database } = parseSharedSecrets("jakarta", unwrapSecrets(rendered(city).outputs.sharedSecrets));
    for (const [secret, config] of [
      ["repository-secrets", objectOf(tier(city), "ConfigMap", "core-config").data["pgbackrest.conf"]],
      ["repository-secrets", objectOf(tier(city), "ConfigMap", "reporting-config").data["pgbackrest.conf"]],
      ["repository-secrets", objectOf(tier(city), "ConfigMap", "operations-config").data["pgbackrest.conf"]],
      ["restore-secrets-core", objectOf(tier(city), "ConfigMap", "core-config").data["pgbackrest-restore.conf"]],
      [
        "restore-secrets-reporting",
        objectOf(tier(city), "ConfigMap", "reporting-config").data["pgbackrest-restore.conf"],
      ],
    ] as const) {
      const text = filesOf(city, secret)["repositories.conf"] ?? "";
      const repositories = [...new Set((config ?? "").match(/^repo\d+/gm))];
      expect(repositories.length).toBeGreaterThan(0);
      expect([...new Set(text.match(/^repo\d+/gm))]).toEqual(repositories);
      for (const repository of repositories) {
        expect(text).toContain(`${repository}-cipher-pass = ${database.repositoryPassphrase}\n`);
        expect(text).toContain(`${repository}-s3-key = ${mark}`);
        expect(text).toContain(`${repository}-s3-key-secret = ${mark}`);
      }
    }
  });
});
