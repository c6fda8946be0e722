import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sources } from "../../../images/builder/debian.js";
import { Digests } from "../../../images/builder/digests.js";
import { imageDefinitions, type ImageDefinition } from "../../../images/builder/definition.js";
import { imageFingerprint, packagesFingerprint } from "../../../images/builder/fingerprint.js";
import { Store } from "../../../images/builder/store.js";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fingerprint-"));
  write("images/debian/base.yaml", "description: base");
  write("images/web/image.yaml", definition("1.0.0"));
  write("images/web/site.conf", "one");
  write("bin/web", "program");
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  const path = join(root, file);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

const definition = (version: string): string => `
version: ${version}
description: web
base: debian
packages: [curl]
files: [{ source: site.conf, target: /etc/site.conf }]
binaries: [{ name: web, target: /usr/bin/web }]
entrypoint: [/usr/bin/web]
`;

function web(): ImageDefinition {
  const [image] = imageDefinitions(root);
  if (!image) throw new Error("no image");
  return image;
}
function fingerprints(): { whole: string; packages: string } {
  const image = web();
  if (!image.base) throw new Error("no base");
  return { whole: imageFingerprint(image, root), packages: packagesFingerprint(image, image.base, true) };
}

describe("the fingerprint of an image", () => {
  test("is the same for the same inputs", () => {
    const before = fingerprints();
    chmodSync(join(root, "images/web/site.conf"), 0o600);
    expect(fingerprints()).toEqual(before);
  });

  test.each([
    ["a file", "images/web/site.conf", "two"],
    ["a program", "bin/web", "another program"],
    ["the definition", "images/web/image.yaml", definition("1.0.1")],
  ])("changes with %s, and no package is installed again", (_, file, text) => {
    const before = fingerprints();
    write(file, text);
    const after = fingerprints();
    expect(after.whole).not.toBe(before.whole);
    expect(after.packages).toBe(before.packages);
  });

  test.each([
    ["a lock", "images/web/packages.lock", "curl 8.14.1-2 amd64\n"],
    ["the base", "images/debian/base.yaml", "description: base\npackages: [tzdata]"],
    ["the lock of the base", "images/debian/packages.lock", "libc6 2.41-12 amd64\n"],
  ])("changes with %s, and so do its packages", (_, file, text) => {
    const before = fingerprints();
    write(file, text);
    expect(fingerprints().whole).not.toBe(before.whole);
    expect(fingerprints().packages).not.toBe(before.packages);
  });

  test("cannot be had without a program or a file", () => {
    rmSync(join(root, "bin/web"));
    expect(() => imageFingerprint(web(), root)).toThrow(/^the image web needs the program .*bin\/web, which is not/);
    write("bin/web", "program");
    rmSync(join(root, "images/web/site.conf"));
    expect(() => imageFingerprint(web(), root)).toThrow(/^there is no file .*site\.conf, which goes into the image as/);
  });
});

describe("digests of large files", () => {
  const file = (): string => join(root, "digests.json");

  test("are remembered for the same file, and worked out again for another", () => {
    const digests = new Digests(file());
    const one = digests.of(join(root, "bin/web"));
    digests.save();
    const { ino } = statSync(join(root, "bin/web"));
    expect(readFileSync(file(), "utf8")).toContain(`${ino}`);
    expect(new Digests(file()).of(join(root, "bin/web"))).toBe(one);
    write("bin/web", "PROGRAM");
    expect(new Digests(file()).of(join(root, "bin/web"))).not.toBe(one);
  });

  test("that can't be read are worked out again", () => {
    write("digests.json", "{");
    expect(new Digests(file()).of(join(root, "bin/web"))).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("an image counts as built", () => {
  const stamp = { fingerprint: "f", digest: "sha256:d", size: 3, packages: [] };

  test("when archive, bill of materials and stamp are there and fit together", () => {
    const store = new Store(root);
    expect(store.current("web", "f")).toBeUndefined();
    write("web.tar", "abc");
    write("web.sbom.json", "{}");
    store.stamp("web", stamp);
    expect(store.current("web", "f")).toEqual(stamp);
    expect(store.current("web", "g")).toBeUndefined();
    write("web.tar", "abcd");
    expect(store.current("web", "f")).toBeUndefined();
  });

  test("not with a stamp that can't be read", () => {
    for (const name of ["web.tar", "web.sbom.json", "web.stamp.json"]) write(name, "abc");
    expect(new Store(root).current("web", "f")).toBeUndefined();
  });
});

test("another mirror is another source", () => {
  expect(sources({})).toContain(" http://deb.debian.org/debian-security trixie-security main\n");
  expect(sources({ NUSANTARA_DEBIAN_MIRROR: "http://mirror/debian" })).toContain(
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror/debian trixie main",
  );
});
