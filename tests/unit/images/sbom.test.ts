import { parseBuildInfo } from "../../../images/builder/goModules.js";
import { billOfMaterials, debianPurl, goPurl } from "../../../images/builder/sbom.js";

const buildInfo = [
  "/tools/bin/coredns: go1.26.8",
  "\tpath\tgithub.com/coredns/coredns",
  "\tmod\tgithub.com/coredns/coredns\tv1.14.7\th1:abc=",
  "\tdep\tgithub.com/Azure/go-autorest\tv1.0.0\th1:def=",
  "\tdep\tgolang.org/x/net\tv0.1.0",
  "\t=>\tgolang.org/x/net\tv0.2.0\th1:ghi=",
  "\tbuild\tCGO_ENABLED=0",
].join("\n");

const args = {
  name: "coredns",
  version: "1.0.0",
  reference: "ghcr.io/nusantara-platform/coredns:1.0.0",
  digest: `sha256:${"a".repeat(64)}`,
  packages: [{ name: "libc6", version: "2.41-12", architecture: "amd64", source: "glibc" }],
  binaries: { coredns: parseBuildInfo(buildInfo), unknown: undefined },
};

describe("a bill of materials", () => {
  const text = billOfMaterials(args);
  const bom = JSON.parse(text) as {
    components: { name: string; purl?: string }[];
    dependencies: { ref: string; dependsOn?: string[] }[];
    metadata: unknown;
  };

  test("names packages, programs and what these were built from", () => {
    expect(bom.components.map(({ name, purl }) => [name, purl])).toEqual([
      ["coredns", "pkg:golang/github.com/coredns/coredns@v1.14.7"],
      ["unknown", undefined],
      ["libc6", "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc"],
      ["github.com/Azure/go-autorest", "pkg:golang/github.com/azure/go-autorest@v1.0.0"],
      ["golang.org/x/net", "pkg:golang/golang.org/x/net@v0.2.0"],
      ["stdlib", "pkg:golang/stdlib@1.26.8"],
    ]);
    expect(bom.metadata).toMatchObject({
      timestamp: "2026-11-01T00:00:00.000Z",
      component: { type: "container", name: "coredns", hashes: [{ alg: "SHA-256", content: "a".repeat(64) }] },
    });
  });

  test("says what depends on what", () => {
    const of = (ref: string) => bom.dependencies.find((entry) => entry.ref === ref)?.dependsOn;
    expect(of(args.reference)).toEqual([
      "binary:coredns",
      "binary:unknown",
      "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc",
    ]);
    expect(of("binary:coredns")).toHaveLength(3);
  });

  test("has nothing in it that differs from run to run", () => {
    expect(billOfMaterials(args)).toBe(text);
    expect(text).not.toContain("serialNumber");
  });
});

describe("package URLs", () => {
  test("escape what versions may contain", () => {
    const item = { name: "g++", version: "4:14.2.0-1~x", architecture: "amd64", source: "gcc-defaults@1.220" };
    expect(debianPurl(item)).toBe(
      "pkg:deb/debian/g%2B%2B@4:14.2.0-1~x?arch=amd64&distro=debian-13&upstream=gcc-defaults%401.220",
    );
  });

  test("leave out a version that says nothing", () => {
    expect(goPurl({ path: "nusantara/images/service", version: "(devel)" })).toBe(
      "pkg:golang/nusantara/images/service",
    );
  });
});

test("a file that is no Go binary tells nothing", () => {
  expect(parseBuildInfo("")).toBeUndefined();
});
