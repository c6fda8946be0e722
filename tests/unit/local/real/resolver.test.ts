import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureZoneFiles, resolverConfiguration } from "../../../../local/machines/resolver.js";
import { localPlatform, type Platform } from "../../../../local/platform.js";
import { cityNames, nusantara } from "../../../../stacks/topology.js";

const cities = cityNames(nusantara);

let platform: Platform;
beforeEach(() => {
  platform = { ...localPlatform({}), directory: mkdtempSync(join(tmpdir(), "zone-")) };
});
afterEach(() => {
  rmSync(platform.directory, { recursive: true });
});

/** The blocks of a Corefile by the zone that they serve. */
const blocks = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^(\S+):53 \{\n([^]*?)^\}$/gm)].map(([, zone = "", body = ""]) => [zone, body]));

describe("the zone files of a platform", () => {
  test("are there for every city, whichever are up: names that are not there are known not to be", () => {
    const files = ensureZoneFiles(platform);
    expect(Object.keys(files)).toEqual(cities);
    for (const [city, file] of Object.entries(files)) {
      // A server takes a file with the serial number 0 for one that it knows.
      expect(readFileSync(file, "utf8")).toMatch(
        new RegExp(`^${city}\\.nusantara\\.internal\\. 1 IN SOA .* [1-9]\\d* `),
      );
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
  });

  test("keep what was published", () => {
    const { jakarta = "" } = ensureZoneFiles(platform);
    writeFileSync(jakarta, "published");
    ensureZoneFiles(platform);
    expect(readFileSync(jakarta, "utf8")).toBe("published");
  });
});

describe("the resolver of a city", () => {
  const text = resolverConfiguration("10.11.0.1", { jakarta: '/a "b" c/jakarta.zone', bandung: "/zone/bandung.zone" });

  test("serves the part of every city from its file, and looks at it again within two seconds", () => {
    const served = blocks(text);
    expect(served["jakarta.nusantara.internal"]).toContain(
      String.raw`file "/a \"b\" c/jakarta.zone" jakarta.nusantara.internal {`,
    );
    expect(served["bandung.nusantara.internal"]).toContain('file "/zone/bandung.zone" bandung.nusantara.internal {');
    for (const city of ["jakarta", "bandung"])
      expect(Number(/reload (\d+)s/.exec(served[`${city}.nusantara.internal`] ?? "")?.[1])).toBeLessThanOrEqual(2);
  });

  test("knows that nothing else is in the zone, and listens on its own address alone", () => {
    const served = blocks(text);
    expect(served["nusantara.internal"]).toContain("rcode NXDOMAIN");
    for (const body of Object.values(served)) expect(body).toContain("bind 10.11.0.1\n");
  });
});
