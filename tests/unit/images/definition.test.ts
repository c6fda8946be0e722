import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chosen } from "../../../images/builder/build.js";
import { imageDefinitions } from "../../../images/builder/definition.js";
import { configuration } from "../../../images/builder/layout.js";
import { requireImagePrograms, requireRoot } from "../../../images/builder/programs.js";
import { UserError } from "../../../local/errors.js";

const repository = resolve(__dirname, "../../..");
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "definitions-"));
  write("debian/base.yaml", "description: base");
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  const path = join(root, "images", file);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

function refusal(text: string): string {
  write("web/image.yaml", `version: 1.0.0\ndescription: web\nentrypoint: [/web]\n${text}`);
  try {
    imageDefinitions(root);
  } catch (error) {
    if (error instanceof UserError) return error.explanation;
    throw error;
  }
  return "";
}

describe("the images of this repository", () => {
  const images = imageDefinitions(repository);

  test("are these", () => {
    expect(images.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["coredns", "entry-points", "etcd", "pause", "postgres", "service"]),
    );
    expect(images.find(({ name }) => name === "pause")?.reference).toBe("ghcr.io/nusantara-platform/pause:1.0.0");
  });

  test("run as somebody who is not root", () => {
    for (const { user } of images) expect(Math.min(user.uid, user.gid)).toBeGreaterThan(0);
  });
});

describe("a definition", () => {
  test("is complete with little", () => {
    write("web/image.yaml", "version: 1.0.0\ndescription: web\nbase: none\nentrypoint: [/web]");
    expect(imageDefinitions(root)).toEqual([
      expect.objectContaining({
        name: "web",
        base: undefined,
        packages: [],
        user: { uid: 10_001, gid: 10_001 },
        stopSignal: "SIGTERM",
      }),
    ]);
  });

  test("with an unknown key is refused with file and key", () => {
    expect(refusal("base: debian\npackagess: [curl]\nuser: { uidd: 5 }")).toBe(
      [
        "images/web/image.yaml is no usable definition",
        "    user.uidd: there is no such key",
        "    packagess: there is no such key",
        "  → mend these keys; docs/images.md explains all of them",
      ].join("\n"),
    );
  });

  test.each([
    ["base: none\npackages: [curl]", "packages: need a base to be installed on"],
    ["base: debian\nuser: { name: web }", "packages: must be given where user.name or seeds are"],
    ["base: debian\nuser: { uid: 0 }", "user.uid: must not be root"],
    ["base: debian\nwritable: [/tmp/../etc]", "writable.0: must be an absolute path without . and .."],
    ["base: debian\nports: [8080]", "ports.0: "],
    ["base: none\nfiles: [{ source: ../etcd/x, target: /x }]", "files.0.source: must be a path below the folder"],
    ["base: none\nfiles: [{ folder: ../x, source: x, target: /x }]", "files.0.folder: must be the name of a folder"],
    ["base: debain", "there is no images/debain/base.yaml"],
  ])("%j is refused", (text, message) => {
    expect(refusal(text)).toContain(message);
  });

  test("becomes the configuration of its image", () => {
    write(
      "web/image.yaml",
      "version: 1.2.3\ndescription: web\nbase: none\nentrypoint: [/web]\nports: [53/udp]\nenvironment: { A: b=c }",
    );
    const [image] = imageDefinitions(root);
    const options = image ? configuration(image) : [];
    for (const pair of ["config.user 10001:10001", "config.env A=b=c", "config.exposedports 53/udp"])
      expect(options.join(" ")).toContain(`--${pair}`);
  });
});

test("a name that is no image is answered with the one that was meant", () => {
  expect(() => chosen(imageDefinitions(repository), ["postgre"])).toThrow('"postgre" is no image');
});

test("programs that are missing are named together, with one command", () => {
  let error: unknown;
  try {
    requireImagePrograms({ PATH: root });
  } catch (reason) {
    error = reason;
  }
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain("mmdebstrap, mmtarfilter, setpriv, tar, umoci, unshare");
  expect((error as UserError).remedy).toMatch(/^apt-get install --yes .*mmdebstrap tar umoci util-linux$/);
});

test("packages are not installed by anybody but root", () => {
  expect(() => {
    requireRoot("postgres", 1000);
  }).toThrow("installing the packages of postgres needs root");
  expect(() => {
    requireRoot("postgres", 0);
  }).not.toThrow();
});
