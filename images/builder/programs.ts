import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../../local/errors.js";

/** Debian package of each program that a build starts. */
const packages: Readonly<Record<string, string>> = {
  mmdebstrap: "mmdebstrap",
  mmtarfilter: "mmdebstrap",
  setpriv: "util-linux",
  tar: "tar",
  umoci: "umoci",
  unshare: "util-linux",
};

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** @throws UserError with one apt-get line for everything that building images needs and this machine has not. */
export function requireImagePrograms(environment: NodeJS.ProcessEnv = process.env): void {
  const directories = (environment.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  const missing = Object.keys(packages).filter(
    (program) => !directories.some((path) => isProgram(join(path, program))),
  );
  const needed = missing.map((program) => packages[program] ?? program);
  if (!existsSync(keyring)) {
    missing.push(keyring);
    needed.push("debian-archive-keyring");
  }
  if (missing.length === 0) return;
  throw new UserError(
    `building images needs ${missing.join(", ")}`,
    `apt-get install --yes ${[...new Set(needed)].sort().join(" ")}`,
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @throws UserError when a root file system has to be made by someone who can't mount and change owners. */
export function requireRoot(layer: string, uid = process.getuid?.()): void {
  if (uid === 0) return;
  throw new UserError(
    `installing the packages of ${layer} needs root: files get the owners that they have in the image`,
    "run it as root; images without packages build without",
  );
}
