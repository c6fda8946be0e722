import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildImages, requireImagePrograms, type BuiltImage } from "../../images/builder/index.js";

/** Real builds of small images, from a real mirror: a minute or two. */
jest.setTimeout(600_000);

const leftOut = reasonToLeaveOut();
const withPrograms = leftOut === undefined ? describe : describe.skip;
if (leftOut !== undefined) process.stderr.write(`Left out: building images, for ${leftOut}.\n`);

function reasonToLeaveOut(): string | undefined {
  if (process.getuid?.() !== 0) return "this is not run as root";
  try {
    requireImagePrograms();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const header = (name: string): string => `version: 1.0.0\ndescription: ${name}\nentrypoint: [/usr/bin/${name}]\n`;
const definitions: Readonly<Record<string, string>> = {
  "debian/base.yaml": "description: base",
  "bare/image.yaml": `${header("bare")}base: none\nfiles: [{ source: file, target: /usr/bin/bare, mode: "0755" }]`,
  "bare/file": "bare\n",
  "plain/image.yaml": `${header("plain")}base: debian\nwritable: [/tmp]`,
  "more/image.yaml": `${header("more")}base: debian\npackages: [netbase]\nuser: { name: more }`,
};

/** What the host sees mounted below a directory. */
const mountsBelow = (directory: string): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(directory));

/** Digests of the layers in an archive, the lowest first. */
function layersOf({ archive, digest }: BuiltImage): string[] {
  const blob = `blobs/sha256/${digest.replace("sha256:", "")}`;
  const { stdout } = spawnSync("tar", ["--extract", "--to-stdout", "--file", archive, blob], { encoding: "utf8" });
  const manifest = JSON.parse(stdout) as { layers: { digest: string }[] };
  return manifest.layers.map((layer) => layer.digest);
}

withPrograms("building images", () => {
  let root: string;
  let first: BuiltImage[];
  const build = (directory: string, more: { locked?: boolean } = {}): Promise<BuiltImage[]> =>
    buildImages({ root, tools: root, directory: join(root, directory), progress: () => undefined, ...more });

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "images-"));
    for (const [file, text] of Object.entries(definitions)) {
      mkdirSync(join(root, "images", file, ".."), { recursive: true });
      writeFileSync(join(root, "images", file), text);
    }
    first = await build("first");
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const named = (name: string): BuiltImage => {
    const image = first.find((candidate) => candidate.name === name);
    if (!image) throw new Error(`${name} was not built`);
    return image;
  };

  test("gives each image an archive and a bill of materials, and nothing else is left", () => {
    expect(first.map(({ name, built }) => [name, built])).toEqual([
      ["bare", true],
      ["more", true],
      ["plain", true],
    ]);
    for (const { archive, sbom } of first) expect([archive, sbom].filter((file) => !existsSync(file))).toEqual([]);
    expect(readFileSync(named("more").sbom, "utf8")).toContain("pkg:deb/debian/netbase@");
    expect(existsSync(join(root, "first", "work"))).toBe(false);
    expect(mountsBelow(root)).toEqual([]);
  });

  test("images on the same base share its layer", () => {
    expect(layersOf(named("more"))[0]).toBe(layersOf(named("plain"))[0]);
    expect(layersOf(named("bare"))).not.toContain(layersOf(named("plain"))[0]);
  });

  test("the same inputs give the same bytes in another directory", async () => {
    const second = await build("second");
    expect(second.map(({ digest }) => digest)).toEqual(first.map(({ digest }) => digest));
    for (const [index, { archive, sbom }] of second.entries()) {
      for (const [own, other] of [
        [archive, first[index]?.archive],
        [sbom, first[index]?.sbom],
      ])
        expect(spawnSync("cmp", [own ?? "", other ?? ""]).status).toBe(0);
    }
  });

  test("a second run builds nothing, and a changed file rebuilds only its image", async () => {
    expect((await build("first")).filter(({ built }) => built)).toEqual([]);
    writeFileSync(join(root, "images", "bare", "file"), "changed\n");
    const changed = await build("first");
    expect(changed.filter(({ built }) => built).map(({ name }) => name)).toEqual(["bare"]);
  });

  test("what differs from the locks is said, and is an error when the locks are to be kept", async () => {
    const [more] = (await build("first")).filter(({ name }) => name === "more");
    expect(more?.differences).toContainEqual(
      expect.stringMatching(/^images\/more\/packages\.lock: netbase .* is not in/),
    );
    await expect(build("first", { locked: true })).rejects.toThrow(/packages are other than the locks say$/);
  });

  test("a build that is killed leaves no process and no mount, and the next one clears up after it", async () => {
    const script = join(root, "build.ts");
    const builder = JSON.stringify(resolve(__dirname, "../../images/builder/index.ts"));
    const directory = JSON.stringify(join(root, "killed"));
    const args = `{ root: ${JSON.stringify(root)}, tools: "", directory: ${directory}, progress: () => undefined }`;
    writeFileSync(script, `import { buildImages } from ${builder};\nvoid buildImages(${args});\n`);
    const child = spawn(process.execPath, ["--import", "tsx", script], {
      cwd: resolve(__dirname, "../.."),
      stdio: "ignore",
    });
    await until(() => processesNaming(join(root, "killed")).some((line) => line.includes("mmdebstrap")));
    child.kill("SIGKILL");
    await until(() => processesNaming(join(root, "killed")).length === 0);
    expect(mountsBelow(root)).toEqual([]);
    expect(existsSync(join(root, "killed", "work"))).toBe(true);
    await build("killed");
    expect(existsSync(join(root, "killed", "work"))).toBe(false);
  });
});

/** Command lines of running programs that mention a path. */
const processesNaming = (path: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8")];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(path));

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error("waited a minute in vain");
    await sleep(100);
  }
}
