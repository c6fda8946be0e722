import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../local/errors.js";

/** A Debian package as it is installed. */
export interface InstalledPackage {
  name: string;
  version: string;
  architecture: string;
  /** `name` or `name@version` of the source package, where it differs: advisories name sources. */
  source?: string;
}

/** The installed packages of a dpkg status file, by name. */
export function parseStatus(text: string): InstalledPackage[] {
  return text
    .split(/\n{2,}/)
    .map(fieldsOf)
    .filter((fields) => fields.get("Status") === "install ok installed")
    .map((fields) => {
      const name = fields.get("Package") ?? "";
      const source = /^(\S+)(?: \((\S+)\))?$/.exec(fields.get("Source") ?? "");
      return {
        name,
        version: fields.get("Version") ?? "",
        architecture: fields.get("Architecture") ?? "",
        ...(source && { source: source[2] === undefined ? `${source[1]}` : `${source[1]}@${source[2]}` }),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const fieldsOf = (stanza: string): Map<string, string> =>
  new Map([...stanza.matchAll(/^([A-Za-z-]+): (.*)$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]));

/** A packages.lock: one `name version architecture` a line. */
export type PackageLock = ReadonlyMap<string, Omit<InstalledPackage, "source">>;

const header = "# Versions that this image was last locked with. Written by the builder, not by hand.";

export const lockFile = (folder: string): string => join(folder, "packages.lock");

export const formatLock = (packages: readonly InstalledPackage[]): string =>
  [header, ...packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`), ""].join("\n");

/** @throws UserError naming the line that is none. */
export function parseLock(text: string, file: string): PackageLock {
  const lock = new Map<string, Omit<InstalledPackage, "source">>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const [name, version, architecture, ...rest] = line.split(" ");
    if (name === undefined || version === undefined || architecture === undefined || rest.length > 0) {
      throw new UserError(
        `${file}, line ${index + 1}: not "name version architecture"`,
        "restore the file, or write the locks anew",
      );
    }
    lock.set(name, { name, version, architecture });
  }
  return lock;
}

/** The lock in a folder; empty where there is none yet. */
export function readLock(folder: string): PackageLock {
  const file = lockFile(folder);
  return existsSync(file) ? parseLock(readFileSync(file, "utf8"), file) : new Map();
}

/** What differs between what is locked and what was installed, one line for each package. */
export function drift(lock: PackageLock, installed: readonly InstalledPackage[]): string[] {
  const names = new Set(installed.map(({ name }) => name));
  const gone = [...lock.values()].filter(({ name }) => !names.has(name));
  const differing = installed.flatMap(({ name, version, architecture }) => {
    const locked = lock.get(name);
    if (!locked) return [`${name} ${version} is not in the lock`];
    const wanted = `${locked.version} ${locked.architecture}`;
    return wanted === `${version} ${architecture}` ? [] : [`${name} ${locked.version} → ${version}`];
  });
  return [...differing, ...gone.map(({ name, version }) => `${name} ${version} is not installed any more`)].sort();
}

/**
 * Preferences for apt: a locked version wins while a mirror has it. A pin of a version that no mirror has any more is
 * ignored by apt, which then takes the newest.
 */
export const pins = (lock: PackageLock): string =>
  [...lock.values()]
    .map(({ name, version }) => `Package: ${name}\nPin: version ${version}\nPin-Priority: 1001\n`)
    .join("\n");
