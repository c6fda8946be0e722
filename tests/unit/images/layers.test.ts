import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyLayout } from "../../../images/builder/layers.js";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layers-"));
  mkdirSync(join(root, "below/blobs/sha256"), { recursive: true });
  for (const file of ["blobs/sha256/1f", "index.json", "oci-layout"]) writeFileSync(join(root, "below", file), file);
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("copying the layout of a layer", () => {
  test("gives each image files of its own, so that tar reads one image's while another is begun", async () => {
    const below = join(root, "below");
    const image = join(root, "image");
    await copyLayout(below, image);
    for (const file of ["blobs/sha256/1f", "index.json", "oci-layout"]) {
      expect(readFileSync(join(image, file), "utf8")).toBe(file);
      expect(statSync(join(image, file)).ino).not.toBe(statSync(join(below, file)).ino);
    }
    expect(statSync(join(below, "blobs/sha256/1f")).nlink).toBe(1);
  });
});
