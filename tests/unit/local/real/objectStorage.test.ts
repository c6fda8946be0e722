import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../../local/errors.js";
import { deleteBuckets, makeBuckets, storageProgram } from "../../../../local/machines/objectStorage.js";
import { objectStorageDirectory } from "../../../../local/machines/directories.js";
import { ensureStorageIdentity, storageIdentity } from "../../../../local/objectStorage/identity.js";
import { databaseBackupSettings } from "../../../../local/objectStorage/settings.js";
import { localPlatform, stateFile, type Platform } from "../../../../local/platform.js";
import { toStackConfig } from "../../../../local/render/stackFile.js";
import { localConfig, localSettings } from "../../../../local/stack.js";
import { cityNames, databasePorts, nusantara } from "../../../../stacks/topology.js";

let platform: Platform;
beforeEach(() => {
  platform = { ...localPlatform({}), directory: mkdtempSync(join(tmpdir(), "storage-")) };
});
afterEach(() => {
  rmSync(platform.directory, { recursive: true });
});

describe("the keys of the object storage", () => {
  test("are made once, and only their owner can read them", async () => {
    await ensureStorageIdentity(platform);
    const first = storageIdentity(platform);
    await ensureStorageIdentity(platform);
    expect(storageIdentity(platform)).toEqual(first);
    expect(first.credentials.accessKeyId).toMatch(/^[A-Z0-9]{20}$/);
    expect(first.credentials.secretAccessKey).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(statSync(stateFile(platform, "object-storage")).mode & 0o777).toBe(0o600);
    expect(new X509Certificate(first.authority.certificatePem).ca).toBe(true);
  });

  test("are other ones on another platform", async () => {
    const other = { ...platform, directory: join(platform.directory, "other") };
    await Promise.all([platform, other].map(ensureStorageIdentity));
    expect(storageIdentity(other).credentials).not.toEqual(storageIdentity(platform).credentials);
  });

  test("can't be had before make up has made them", () => {
    expect(() => storageIdentity(platform)).toThrow(UserError);
    expect(() => databaseBackupSettings(platform, "jakarta")).toThrow("no keys for its object storage yet");
  });
});

describe("the buckets of a city", () => {
  const buckets = () => readdirSync(objectStorageDirectory(platform, "jakarta"));
  const bucket = "nusantara-jakarta-database-backups";

  test("are made where they are not there, and what one holds stays", () => {
    makeBuckets(platform, "jakarta");
    const object = join(objectStorageDirectory(platform, "jakarta"), bucket, "object");
    writeFileSync(object, "kept");
    makeBuckets(platform, "jakarta");
    expect([buckets(), readFileSync(object, "utf8")]).toEqual([[bucket], "kept"]);
  });

  test("can be lost for good, and be empty afterwards", async () => {
    makeBuckets(platform, "jakarta");
    const directory = join(objectStorageDirectory(platform, "jakarta"), bucket);
    writeFileSync(join(directory, "object"), "lost");
    await deleteBuckets(platform, "jakarta");
    await deleteBuckets(platform, "jakarta");
    expect([buckets(), readdirSync(join(platform.directory, "object-storage"))]).toEqual([[], ["jakarta"]]);
    makeBuckets(platform, "jakarta");
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe.each(cityNames(nusantara))("the object storage of %s", (city) => {
  beforeEach(() => ensureStorageIdentity(platform));

  test("is what its databases are configured with, by a name of the private zone and a port with a budget", () => {
    const settings = databaseBackupSettings(platform, city);
    // The program puts in the names of all cities: each one knows the repositories of the others.
    expect(settings).toMatchObject({
      bucket: "nusantara-{city}-database-backups",
      region: localConfig(platform, city, "real").region,
      endpoint: "s3.{city}.nusantara.internal",
      uriStyle: "path",
      authorityPem: storageIdentity(platform).authority.certificatePem,
    });
    expect(databasePorts).toContain(settings.port);
  });

  test("is in the settings of real nodes alone, and its keys count as encrypted", () => {
    const refuse = (): never => {
      throw new Error("nothing is encrypted here");
    };
    const { values, secretKeys } = toStackConfig(localSettings(platform, city, "real"), refuse);
    const { credentials, ...storage } = databaseBackupSettings(platform, city);
    expect(JSON.parse(values["nusantara:database"] ?? "{}")).toMatchObject({ backup: storage });
    expect(JSON.parse(values["nusantara:backupCredentials"] ?? "{}")).toEqual(credentials);
    expect(secretKeys).toEqual(["nusantara:backupCredentials"]);
    expect(JSON.stringify(localSettings(platform, city, "simulated"))).not.toContain("s3.");
  });

  test("has its bucket, a certificate for its name and address, and no secret in its arguments", async () => {
    const config = localConfig(platform, city, "real");
    const etc = join(platform.directory, "etc");
    const { args, configuration, writeCredentials } = storageProgram(platform, config, etc);
    await writeCredentials();
    const argument = (name: string) => args.find((text) => text.startsWith(`-${name}=`))?.split("=")[1] ?? "";
    const { port, credentials, ...settings } = databaseBackupSettings(platform, city);
    const [bucket, endpoint] = [settings.bucket, settings.endpoint].map((text) => text.replace("{city}", city));
    expect(existsSync(join(argument("directory"), bucket ?? ""))).toBe(true);
    expect(argument("region")).toBe(config.region);

    const [address = "", listening] = argument("address").split(":");
    expect(Number(listening)).toBe(port);
    const certificate = new X509Certificate(readFileSync(argument("certificate")));
    const { authority } = storageIdentity(platform);
    expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
    expect([certificate.checkHost(endpoint ?? ""), certificate.checkIP(address)]).toEqual([endpoint, address]);
    expect(certificate.checkHost("s3.elsewhere.nusantara.internal")).toBeUndefined();

    expect(JSON.parse(readFileSync(argument("credentials"), "utf8"))).toEqual(credentials);
    for (const file of [argument("credentials"), argument("key")]) expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const secret of [...Object.values(credentials), authority.privateKeyPem])
      expect(JSON.stringify([args, configuration])).not.toContain(secret);
  });
});
