import type { CapturedStack } from "../../../local/render/capture.js";
import { describeManifest, manifestsOf } from "../../../local/render/manifests.js";
import { redactSecrets } from "../../../local/render/secrets.js";
import { changesBetween } from "../../support/changes.js";
import { databases, renderMarked } from "../../support/database.js";
import { containerOf, objectOf, objectsOf, within } from "../../support/objects.js";

const users = ["order", "payment", "inventory", "report"];
const others = ["api-gateway", "report-aggregation"];

let stack: CapturedStack;
let mart: CapturedStack["resources"] = [];
beforeAll(async () => {
  stack = await renderMarked("jakarta");
  mart = within(stack.resources, "nusantara-mart");
});

const environment = (resources: CapturedStack["resources"], name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(objectOf(resources, "ConfigMap", `${name}-config`).data).filter(([key]) =>
      /^(DATABASE_|PG)/.test(key),
    ),
  );

const url = (login: string, entry: string) =>
  `postgres://${login}@${entry}.databases:5432/nusantara?sslmode=verify-full`;

const withoutHash = (name: string): string => name.replace(/-[0-9a-f]{10}$/, "");

const port = { "pg-rw": 6432, "pg-ro": 6433, "pg-report": 6434 };
const toDatabases = (name: string) =>
  objectOf(mart, "NetworkPolicy", name).spec.egress.filter((rule) => JSON.stringify(rule.to).includes(databases));

describe.each(users)("the service %s, which keeps records,", (name) => {
  const reads = name === "report" ? "pg-report" : "pg-ro";

  test("writes to the primary and reads nearby, in reporting where it reports (M7, M9), under its own login", () => {
    expect(environment(mart, name)).toEqual({
      DATABASE_PASSWORD_FILE: "/run/secrets/database-password-a",
      DATABASE_READ_URL: url(`${name}_a`, reads),
      DATABASE_WRITE_URL: url(`${name}_a`, "pg-rw"),
      PGSSLROOTCERT: "/run/secrets/database-authority.crt",
    });
  });

  test("finds its password and the authority in files", () => {
    expect(objectOf(mart, "Secret", `${name}-secrets`).data).toEqual({
      "database-password-a": "[secret]",
      "database-password-b": "[secret]",
      "database-authority.crt": expect.any(String) as string,
    });
    expect(containerOf(objectOf(mart, "Deployment", name).spec.template).volumeMounts).toContainEqual({
      name: "secrets",
      mountPath: "/run/secrets",
      readOnly: true,
    });
  });

  test("may go to the poolers of its entry points, and they take it in", () => {
    expect(toDatabases(name)).toEqual(
      [port["pg-rw"], port[reads]].map((number) => ({
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": databases } } }],
        ports: [{ port: number, protocol: "TCP" }],
      })),
    );
    const policy = objectOf(within(stack.resources, databases), "NetworkPolicy", "entry-points");
    for (const { ports } of toDatabases(name)) {
      expect(policy.spec.ingress).toContainEqual({
        from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "nusantara-mart" } } }],
        ports,
      });
    }
  });
});

describe("the migration of the services' schema", () => {
  const job = () => objectsOf(mart, "Job").map(({ metadata, spec }) => [metadata.name, spec.template] as const);

  test("runs the image that has the schema, as the owner of the schema, on the primary", () => {
    expect(job().map(([name]) => withoutHash(name))).toEqual(["schema-migration"]);
    for (const [, template] of job()) {
      const { image, args } = containerOf(template);
      expect(args).toEqual(["migrate"]);
      expect(image).toBe(containerOf(objectOf(mart, "Deployment", "order").spec.template).image);
    }
    expect(environment(mart, "schema-migration")).toEqual({
      DATABASE_PASSWORD_FILE: "/run/secrets/database-password-a",
      DATABASE_WRITE_URL: url("migrator_a", "pg-rw"),
      PGSSLROOTCERT: "/run/secrets/database-authority.crt",
    });
    expect(toDatabases("schema-migration").map(({ ports }) => ports)).toEqual([[{ port: 6432, protocol: "TCP" }]]);
    expect(objectOf(mart, "NetworkPolicy", "schema-migration").spec).toMatchObject({ ingress: [] });
    expect(objectOf(mart, "NetworkPolicy", "schema-migration").spec.egress).toHaveLength(1);
  });

  test("is waited for, but in the first city, whose database may have to wait for a second one", async () => {
    const annotations = ({ resources }: CapturedStack) =>
      within(resources, "nusantara-mart")
        .filter(({ type }) => type === "kubernetes:batch/v1:Job")
        .map(({ inputs }) => (inputs.metadata as { annotations?: object }).annotations);
    expect(annotations(stack)).toEqual([{ "pulumi.com/skipAwait": "true" }]);
    expect(annotations(await renderMarked("bandung"))).toEqual([undefined]);
  });
});

test.each(others)("%s keeps no records and gets nothing of the database", (name) => {
  expect(environment(mart, name)).toEqual({});
  expect(toDatabases(name)).toEqual([]);
});

test("the names that services connect to are in the certificate of the entry points", () => {
  const request = stack.resources.find(
    ({ type, inputs }) =>
      type === "tls:index/certRequest:CertRequest" &&
      (inputs.subject as { commonName?: unknown }).commonName === "entry-points",
  );
  expect(request?.inputs.dnsNames).toEqual(
    expect.arrayContaining(Object.keys(port).flatMap((entry) => [entry, `${entry}.${databases}`])),
  );
});

describe("a city whose part of the database is turned off", () => {
  let off: CapturedStack;
  beforeAll(async () => {
    off = await renderMarked("jakarta", { "nusantara:database": { enabled: false } });
  });

  test("has nothing of it", () => {
    const left = manifestsOf(off, redactSecrets).filter(
      ({ metadata }) => metadata.namespace === databases || metadata.name === databases,
    );
    expect(left.map(describeManifest)).toEqual([]);
    expect(off.resources.filter(({ type }) => type.startsWith("nusantara:postgres:")).map(({ name }) => name)).toEqual([
      "shared-database",
    ]);
  });

  test("has services that know of none", () => {
    const resources = within(off.resources, "nusantara-mart");
    for (const name of [...users, ...others]) expect(environment(resources, name)).toEqual({});
    const names = objectsOf(resources, "Secret").map(({ metadata }) => metadata.name);
    expect(names).toEqual(["api-gateway-secrets", "public-certificate"]);
  });

  test("changes nothing of the system but what the services were told of it", () => {
    const { added, removed, changed } = changesBetween(stack, off);
    const own = (name: string) => [
      `ConfigMap nusantara-mart/${name}-config`,
      `Deployment nusantara-mart/${name}`,
      `NetworkPolicy nusantara-mart/${name}`,
    ];
    expect(added).toEqual([]);
    expect(changed).toEqual(users.flatMap(own).sort());
    expect(removed.filter((name) => !name.includes(databases)).map(withoutHash)).toEqual(
      [
        ...users.map((name) => `Secret nusantara-mart/${name}-secrets`),
        "ConfigMap nusantara-mart/schema-migration-config",
        "Secret nusantara-mart/schema-migration-secrets",
        ...["Job", "NetworkPolicy", "ServiceAccount"].map((kind) => `${kind} nusantara-mart/schema-migration`),
      ].sort(),
    );
  });
});
