import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../local/errors.js";
import { localPlatform } from "../../../local/platform.js";
import { requireDisk, requireLinux } from "../../../local/preflight.js";
import { buildTools, linkerFlags, outputName, pinnedVersion, sourcesIn } from "../../../local/tools.js";

const goMod = [
  "module tools",
  "require (",
  "\tk8s.io/kubernetes v1.35.4",
  "\tgo.etcd.io/etcd/server/v3 v3.6.16",
  ")",
].join("\n");

describe("building the tools", () => {
  test("without a Go compiler there is one clear message, and nothing is written", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tools-"));
    const path = process.env.PATH;
    process.env.PATH = directory;
    try {
      const error: unknown = await buildTools(
        { ...localPlatform({}), tools: directory },
        "simulated",
        () => undefined,
      ).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).explanation).toBe(
        "there is no Go compiler on PATH\n  → install Go 1.26 or newer (https://go.dev/dl); no C compiler is needed",
      );
    } finally {
      process.env.PATH = path;
      rmSync(directory, { recursive: true });
    }
  });

  test("what a program embeds counts as its source, and its tests do not", () => {
    const directory = mkdtempSync(join(tmpdir(), "sources-"));
    try {
      mkdirSync(join(directory, "migrations"));
      for (const name of ["go.mod", "main.go", "main_test.go", "migrations/0001.sql"])
        writeFileSync(join(directory, name), `of ${name}`);
      const sources = ["go.mod", "main.go", "migrations/0001.sql"];
      expect(sourcesIn(directory)).toEqual(sources.flatMap((name) => [name, `of ${name}`]));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("too little disk is said before anything is started, with both sizes", () => {
    expect(() => {
      requireDisk("/tmp/not/there/yet", 2 ** 60, "build the tools");
    }).toThrow(
      /^the file system of \/tmp\/not\/there\/yet has [\d.]+ GiB free, and 1073741824.0 GiB are needed to build the tools$/,
    );
    expect(() => {
      requireDisk("/tmp", 1, "build the tools");
    }).not.toThrow();
  });

  test("another system than Linux is refused by its name", () => {
    expect(() => {
      requireLinux("darwin");
    }).toThrow("the local platform needs Linux, this is darwin");
  });

  test("control planes say which Kubernetes they were built from", () => {
    expect(pinnedVersion(goMod, "k8s.io/kubernetes")).toBe("v1.35.4");
    expect(linkerFlags(goMod)).toContain("-X k8s.io/component-base/version.gitVersion=v1.35.4");
    expect(linkerFlags("module simulation")).toBe("-s -w");
    expect(() => pinnedVersion(goMod, "example.com/absent")).toThrow("go.mod does not require example.com/absent");
  });

  test("binaries are found under the name that go build gives them", () => {
    expect(outputName("go.etcd.io/etcd/server/v3")).toBe("server");
    expect(outputName("go.etcd.io/etcd/etcdctl/v3")).toBe("etcdctl");
    expect(outputName("k8s.io/kubernetes/cmd/kubectl")).toBe("kubectl");
  });
});
