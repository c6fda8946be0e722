import { ComponentType, HashAlgorithm } from "@cyclonedx/cyclonedx-library/Enums";
import { Bom, Component, Metadata } from "@cyclonedx/cyclonedx-library/Models";
import { JSON as Json, JsonSerializer } from "@cyclonedx/cyclonedx-library/Serialize";
import { Spec1dot6 } from "@cyclonedx/cyclonedx-library/Spec";
import { debian } from "./debian.js";
import type { GoBinary, GoModule } from "./goModules.js";
import type { InstalledPackage } from "./packages.js";

export interface SbomArgs {
  name: string;
  version: string;
  reference: string;
  /** Digest of the manifest, `sha256:…`. */
  digest: string;
  packages: readonly InstalledPackage[];
  /** By name of the binary; undefined where a binary does not tell. */
  binaries: Readonly<Record<string, GoBinary | undefined>>;
}

/** As package URLs have it: everything is escaped but the colon. */
const encode = (text: string): string => encodeURIComponent(text).replaceAll("%3A", ":");

/** Package URL of a Debian package. */
export function debianPurl({ name, version, architecture, source }: InstalledPackage): string {
  const upstream = source === undefined ? "" : `&upstream=${encode(source)}`;
  return `pkg:deb/debian/${encode(name)}@${encode(version)}?arch=${architecture}&distro=${debian.distribution}${upstream}`;
}

/** Package URL of a Go module. */
export const goPurl = ({ path, version }: GoModule): string =>
  `pkg:golang/${path.toLowerCase().split("/").map(encode).join("/")}${versionSuffix(version)}`;

// What is built from a checkout says "(devel)", or nothing.
const versionSuffix = (version: string): string =>
  version === "" || version === "(devel)" ? "" : `@${encode(version)}`;

/** Bill of materials of an image, CycloneDX 1.6 as JSON. The same image gives the same bytes. */
export function billOfMaterials(args: SbomArgs): string {
  const image = new Component(ComponentType.Container, args.name, {
    bomRef: args.reference,
    version: args.version,
  });
  image.hashes.set(HashAlgorithm["SHA-256"], args.digest.replace(/^sha256:/, ""));
  const components = new Map<string, Component>();
  const library = (name: string, version: string, purl: string): Component => {
    const known = components.get(purl);
    if (known) return known;
    const component = new Component(ComponentType.Library, name, { bomRef: purl, purl, ...(version && { version }) });
    components.set(purl, component);
    return component;
  };
  for (const item of args.packages) {
    image.dependencies.add(library(item.name, item.version, debianPurl(item)).bomRef);
  }
  for (const [name, binary] of Object.entries(args.binaries)) {
    const program = new Component(ComponentType.Application, name, { bomRef: `binary:${name}` });
    components.set(`binary:${name}`, program);
    image.dependencies.add(program.bomRef);
    if (!binary) continue;
    program.purl = goPurl(binary.main);
    if (versionSuffix(binary.main.version) !== "") program.version = binary.main.version;
    for (const module of binary.modules) {
      program.dependencies.add(library(module.path, module.version, goPurl(module)).bomRef);
    }
  }
  const bom = new Bom({ metadata: new Metadata({ timestamp: debian.date, component: image }) });
  for (const component of components.values()) bom.components.add(component);
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}
