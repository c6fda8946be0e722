import * as tls from "@pulumi/tls";
import type { CapturedResource } from "../../../local/render/capture.js";
import { readStackFile } from "../../../local/render/stackFile.js";
import type { CityConfig } from "../../../stacks/config.js";
import { cityDatabase } from "../../../stacks/database.js";
import { databaseRoles } from "../../../stacks/databaseRoles.js";
import { root, settingsOf } from "../../support/city.js";
import { parseSettings } from "../../support/config.js";
import { backupCredentials, databases } from "../../support/database.js";
import { objectOf, within } from "../../support/objects.js";
import { register } from "../../support/register.js";

const keyPair = { certificatePem: "certificate", privateKeyPem: "key" };
const passwords = { a: "a".repeat(40), b: "b".repeat(40) };
const shared = {
  authority: keyPair,
  repositoryPassphrase: "p".repeat(40),
  logins: Object.fromEntries(databaseRoles.map((role) => [role, { active: "a" as const, passwords }])),
};

const registerCity = (config: CityConfig): Promise<CapturedResource[]> =>
  register((provider) =>
    cityDatabase(
      config,
      { storageClass: "database", scratchStorageClass: "scratch", shared, clients: ["nusantara-mart"] },
      [provider, new tls.Provider("tls")],
    ),
  );

const settings = (database: object = {}) => ({ ...settingsOf("jakarta"), "nusantara:database": database });

describe("what holds data", () => {
  const protectedOnes = (resources: CapturedResource[]) =>
    resources.filter((resource) => resource.protect).map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`);

  test("is protected against deletion where it is production's", async () => {
    const config = parseSettings(readStackFile(root, "jakarta"));
    expect(config.cluster.kind).toBe("eks");
    expect(protectedOnes(await registerCity(config)).sort()).toEqual([
      "StatefulSet database-core-stateful-set",
      "StatefulSet database-etcd-stateful-set",
      "StatefulSet database-reporting-stateful-set",
    ]);
  });

  test("can be deleted on any other cluster, which is there for trying", async () => {
    expect(protectedOnes(await registerCity(parseSettings(settings())))).toEqual([]);
  });
});

describe("the order in which a city's part of the database comes up", () => {
  let resources: CapturedResource[] = [];
  beforeAll(async () => {
    resources = await registerCity(parseSettings(settings()));
  });
  const find = (type: string, name: string): CapturedResource => {
    const found = resources.find((each) => each.type.endsWith(`:${type}`) && each.name === name);
    if (!found) throw new Error(`there is no ${type} "${name}"`);
    return found;
  };
  /** Everything that a resource waits for, directly or not. */
  function waitsFor({ dependencies }: CapturedResource, known = new Set<string>()): Set<string> {
    for (const urn of dependencies) {
      if (known.has(urn)) continue;
      known.add(urn);
      const next = resources.find((each) => each.urn === urn);
      if (next) waitsFor(next, known);
    }
    return known;
  }

  test("is: the namespace before all that stands in it", () => {
    const namespace = find("Namespace", "database-namespace-namespace").urn;
    const inside = within(resources, databases);
    expect(inside.length).toBeGreaterThan(50);
    const early = inside.filter((resource) => !waitsFor(resource).has(namespace)).map(({ name }) => name);
    expect(early).toEqual([]);
  });

  test("is: quota, default deny and the way to the DNS before the first pod", () => {
    const first = ["quota", "limit-range", "default-deny", "allow-dns"].map((name) => `database-namespace-${name}`);
    const urns = resources.flatMap(({ name, urn }) => (first.includes(name) ? [urn] : []));
    expect(urns).toHaveLength(first.length);
    for (const resource of resources.filter(({ type }) => /:(StatefulSet|Deployment|Job|CronJob)$/.test(type))) {
      if (!resource.custom) continue;
      expect([resource.name, [...waitsFor(resource)]]).toEqual([resource.name, expect.arrayContaining(urns)]);
    }
  });

  test("is: the names of the members before the members, and all of them before the Job that brings them into shape", () => {
    const sets = ["core", "reporting"].map((set) => find("StatefulSet", `database-${set}-stateful-set`));
    const service = find("Service", "database-members-service").urn;
    for (const set of sets) expect(waitsFor(set).has(service)).toBe(true);
    const job = resources.find(({ type, custom }) => custom && type.endsWith(":Job"));
    const etcd = find("StatefulSet", "database-etcd-stateful-set");
    const poolers = find("Deployment", "database-deployment");
    expect([...(job ? waitsFor(job) : [])]).toEqual(
      expect.arrayContaining([...sets, etcd, poolers].map(({ urn }) => urn)),
    );
  });

  test("does not wait for the members to be ready, which the first city's are only once a second one is there", () => {
    const annotations = (kind: string, name: string) =>
      (find(kind, name).inputs.metadata as { annotations?: Record<string, string> }).annotations;
    for (const set of ["core", "reporting"]) {
      const left = { "pulumi.com/skipAwait": "true" };
      expect(annotations("StatefulSet", `database-${set}-stateful-set`)).toEqual(left);
      expect(annotations("PodDisruptionBudget", `database-${set}-disruption-budget`)).toEqual(left);
    }
  });

  test("gives every resource a URN of its own", () => {
    expect(new Set(resources.map(({ urn }) => urn)).size).toBe(resources.length);
  });
});

describe("the repositories of backups", () => {
  const configuration = async (given: CityConfig, name = "core-config") =>
    objectOf(within(await registerCity(given), databases), "ConfigMap", name).data;
  const conf = async (given: CityConfig) => (await configuration(given))["pgbackrest.conf"] ?? "";

  test("are the city's own buckets at Amazon's, opened by the identity of the pods, by default", async () => {
    const text = await conf(parseSettings(settings()));
    expect(text).toContain("repo1-s3-bucket = nusantara-jakarta-database-backups\n");
    expect(text).toContain("repo1-s3-endpoint = s3.ap-southeast-3.amazonaws.com\n");
    expect(text).toContain("repo1-s3-key-type = web-id\n");
  });

  test("are opened by keys where there are some", async () => {
    const text = await conf(parseSettings({ ...settings(), ...backupCredentials }));
    expect(text).toContain("repo1-s3-key-type = shared\n");
  });

  test("are where the stack says, with an authority of their own that every pod knows", async () => {
    const backup = {
      bucket: "backups",
      region: "local",
      endpoint: "s3.{city}.nusantara.internal",
      port: 7480,
      uriStyle: "path",
      authorityPem: "-----BEGIN CERTIFICATE-----",
    };
    const config = parseSettings(settings({ backup }));
    for (const name of ["core-config", "reporting-config", "operations-config"]) {
      const data = await configuration(config, name);
      expect(data["repository-authority.crt"]).toBe(backup.authorityPem);
      expect(data["pgbackrest.conf"]).toContain("repo1-s3-endpoint = s3.jakarta.nusantara.internal\n");
      expect(data["pgbackrest.conf"]).toContain("repo1-storage-port = 7480\n");
      expect(data["pgbackrest.conf"]).toContain("repo1-storage-ca-file = /etc/database/repository-authority.crt\n");
    }
    const reporting = await configuration(config, "reporting-config");
    for (const [place, city] of ["jakarta", "bandung", "surabaya"].entries()) {
      const line = `repo${place + 1}-s3-endpoint = s3.${city}.nusantara.internal\n`;
      expect(reporting["pgbackrest-restore.conf"]).toContain(line);
    }
  });
});
