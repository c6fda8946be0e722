import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesOf } from "../../../images/builder/files.js";

let root: string;
const folder = (): string => join(root, "images/web");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "files-"));
  for (const file of [
    "web/site.conf",
    "web/tool/main.py",
    "web/tool/parts/one.py",
    "web/tool/__pycache__/main.cpython-313.pyc",
    "web/tool/tests/test_main.py",
    "shared/run",
  ]) {
    mkdirSync(join(root, "images", file, ".."), { recursive: true });
    writeFileSync(join(root, "images", file), file);
  }
  mkdirSync(join(folder(), "empty"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("the files of an image", () => {
  test("are those of its folder, each with its mode", () => {
    expect(filesOf({ folder: folder() }, [{ source: "site.conf", target: "/etc/site.conf", mode: "0640" }])).toEqual([
      { path: join(folder(), "site.conf"), target: "/etc/site.conf", mode: "0640" },
    ]);
  });

  test("are all of a folder that it names, without tests and what Python leaves", () => {
    const placed = filesOf({ folder: folder() }, [{ source: "tool", target: "/usr/lib/tool", mode: "0644" }]);
    expect(placed.map(({ target }) => target)).toEqual(["/usr/lib/tool/main.py", "/usr/lib/tool/parts/one.py"]);
    expect(placed[1]?.path).toBe(join(folder(), "tool/parts/one.py"));
  });

  test("may be those that images share", () => {
    const entry = { folder: "shared", source: "run", target: "/usr/bin/run", mode: "0755" };
    expect(filesOf({ folder: folder() }, [entry])[0]?.path).toBe(join(root, "images/shared/run"));
  });

  test.each([
    ["absent", /^there is no file .*web\/absent, which goes into the image as \/usr\/lib\/tool$/],
    ["empty", /^there is no file .*web\/empty, /],
  ])("%s are an error", (source, message) => {
    const entries = [{ source, target: "/usr/lib/tool", mode: "0644" }];
    expect(() => filesOf({ folder: folder() }, entries)).toThrow(message);
  });

  test("with the same target are an error that names both", () => {
    const entries = [
      { source: "tool", target: "/usr/lib/tool", mode: "0644" },
      { source: "site.conf", target: "/usr/lib/tool/main.py", mode: "0644" },
    ];
    expect(() => filesOf({ folder: folder() }, entries)).toThrow(
      /^both .*tool\/main\.py and .*site\.conf go into the image as \/usr\/lib\/tool\/main\.py$/,
    );
  });
});
