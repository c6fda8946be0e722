import { existsSync } from "node:fs";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { replaceFile } from "../files.js";
import type { Platform } from "../platform.js";
import { zoneFile } from "./directories.js";

/** Where a resolver of the platform listens, for UDP and TCP. */
export const dnsPort = 53;

/** How often the resolver looks whether a zone file has changed; a pod that moved is found under its name this soon. */
const reloadSeconds = 1;

/** `a "b"` → `"a \"b\""`, for a Corefile. */
const quotedPath = (path: string): string => `"${path.replaceAll('"', String.raw`\"`)}"`;

/** Start of authority of a zone that says that a name is not there; resolvers may believe it for a second. */
const authority = (zone: string, serial: number): string =>
  `${zone}. 1 IN SOA ns.${zone}. hostmaster.${zone}. ${serial} 3600 600 86400 1`;

/**
 * Configuration of a city's resolver: the stand-in of the VPC's resolver with its private zone, the same in every city.
 * @param files zone files by city.
 */
export function resolverConfiguration(address: string, files: Readonly<Record<string, string>>): string {
  const { privateZone } = nusantara;
  const server = (zone: string, lines: readonly string[]): string =>
    [`${zone}:${dnsPort} {`, `    bind ${address}`, "    errors", ...lines.map((line) => `    ${line}`), "}"].join(
      "\n",
    );
  const cities = Object.entries(files).map(([city, file]) =>
    server(`${city}.${privateZone}`, [
      `file ${quotedPath(file)} ${city}.${privateZone} {`,
      `    reload ${reloadSeconds}s`,
      "}",
    ]),
  );
  const rest = server(privateZone, [
    "template ANY ANY {",
    "    rcode NXDOMAIN",
    `    authority "${authority(privateZone, 1)}"`,
    "}",
  ]);
  return `${[...cities, rest].join("\n")}\n`;
}

/** The zone files of all cities. A city that was never up has an empty one: its names are known not to be there. */
export function ensureZoneFiles(platform: Platform): Record<string, string> {
  const files = Object.fromEntries(cityNames(nusantara).map((city) => [city, zoneFile(platform, city)]));
  for (const [city, file] of Object.entries(files)) {
    // Publishers give higher numbers; the server takes 0 for a file that has not changed.
    if (!existsSync(file)) replaceFile(file, `${authority(`${city}.${nusantara.privateZone}`, 1)}\n`);
  }
  return files;
}
