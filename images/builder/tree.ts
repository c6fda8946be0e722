import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { lastLines, UserError } from "../../local/errors.js";
import { quoted } from "../../local/machines/scripts.js";
import {
  debian,
  excludedFromPackages,
  excludedFromTree,
  includedFromPackages,
  sourceDateEpoch,
  sources,
} from "./debian.js";
import type { ImageFile, ImageUser } from "./definition.js";
import { makeDirectory } from "./directories.js";
import { filesOf } from "./files.js";
import { isolated } from "./isolated.js";
import { pins, type PackageLock } from "./packages.js";
import { requireRoot } from "./programs.js";

export interface TreeArgs {
  /** What to call it in messages. */
  name: string;
  /** Folder that the seeds lie in. */
  folder: string;
  packages: readonly string[];
  exclude: readonly string[];
  seeds: readonly ImageFile[];
  user: ImageUser | undefined;
  lock: PackageLock;
  /** An empty directory. */
  work: string;
  progress: (message: string) => void;
}

const script = `
export TMPDIR="$1" SOURCE_DATE_EPOCH="$2" LC_ALL=C.UTF-8
output="$3" filters="$4"
shift 4
mapfile -t filters < "$filters"
mmdebstrap "$@" - | mmtarfilter "\${filters[@]}" > "$output"
`;

/**
 * Installs packages and all that they depend on into an empty root file system.
 * @returns path of the tree as a tar archive. The same package versions give the same bytes.
 * @throws UserError when it is not root that asks, or the packages can't be had.
 */
export async function makeTree(args: TreeArgs): Promise<string> {
  const { work, name } = args;
  requireRoot(name);
  const scratch = join(work, "scratch");
  mkdirSync(scratch, { recursive: true });
  const tree = join(work, "tree.tar");
  const filters = join(work, "filters");
  writeFileSync(
    filters,
    filterOptions(args.exclude)
      .map((option) => `${option}\n`)
      .join(""),
  );
  const { exitCode, output } = await isolated(
    script,
    scratch,
    [`${sourceDateEpoch}`, tree, filters, ...mmdebstrapArguments(args)],
    {
      input: sources(),
      onLine: (line) => {
        const step = /^I: ((?:running apt|downloading|extracting|installing|creating).*)/.exec(line)?.[1];
        if (step !== undefined) args.progress(`${name}: ${step.replace(/\.+$/, "")}`);
      },
    },
  );
  if (exitCode === 0) return tree;
  const errors = output.split("\n").filter((line) => line.startsWith("E: ") && !line.includes("mmdebstrap failed"));
  throw new UserError(
    `installing the packages of ${name} failed`,
    "check the names of the packages and that the Debian mirror can be reached, then run it again",
    errors.length > 0 ? lastLines(errors.join("\n"), 5) : lastLines(output, 5),
  );
}

/** Left out of the finished tree: dpkg leaves out the same while it unpacks, in three times the time. */
const filterOptions = (exclude: readonly string[]): string[] => [
  ...[...excludedFromPackages, ...exclude].map((path) => `--path-exclude=${path}`),
  ...includedFromPackages.map((path) => `--path-include=${path}`),
  ...excludedFromTree.map((path) => `--path-exclude=${path}`),
];

/**
 * The essential packages without apt: nothing is ever installed into a running image, so apt and what it needs would
 * only be more to scan and to mend.
 */
function mmdebstrapArguments(args: TreeArgs): string[] {
  return [
    "--mode=root",
    "--variant=essential",
    "--format=tar",
    `--architectures=${debian.architecture}`,
    // What is built here is thrown away when the machine fails.
    "--dpkgopt=force-unsafe-io",
    ...(args.packages.length > 0 ? [`--include=${args.packages.join(",")}`] : []),
    `--setup-hook=${hook(args.work, "setup", setup(args))}`,
    `--essential-hook=${hook(args.work, "essential", essential(args))}`,
    `--customize-hook=${hook(args.work, "customize", customize)}`,
    debian.suite,
  ];
}

/**
 * Nobody in a container may become root. And the key that Debian makes as a stand-in would be the same in all of them;
 * its certificate, and the link to that, bear the name of the machine that built the image.
 */
const customize = `
find "$1" -xdev -type f -perm /6000 -exec chmod a-s {} +
[ ! -d "$1/etc/ssl" ] || find "$1/etc/ssl" '(' -name 'ssl-cert-snakeoil.*' -o -lname '*ssl-cert-snakeoil.*' ')' -delete
`.trim();

/** Writes the commands of a hook to a file; `$1` is the root of the tree. */
function hook(work: string, name: string, commands: string): string {
  const file = join(work, `${name}.sh`);
  writeFileSync(file, `#!/bin/sh\nset -eu\n${commands}\n`);
  chmodSync(file, 0o755);
  return `${quoted(file)} "$1"`;
}

function setup({ work, lock }: TreeArgs): string {
  const file = join(work, "pins");
  writeFileSync(file, pins(lock));
  return `cp ${quoted(file)} "$1/etc/apt/preferences.d/locked"`;
}

function essential({ work, folder, seeds, user }: TreeArgs): string {
  const staged = join(work, "seeds");
  mkdirSync(staged);
  for (const { path, target, mode } of filesOf({ folder }, seeds)) {
    const file = join(staged, target);
    makeDirectory(staged, dirname(target));
    copyFileSync(path, file);
    chmodSync(file, Number.parseInt(mode, 8));
  }
  const commands = [`cp --recursive --preserve=mode ${quoted(`${staged}/.`)} "$1/"`];
  if (user?.name !== undefined) {
    const { name, uid, gid } = user;
    const day = Math.floor(sourceDateEpoch / 86_400);
    commands.push(
      `echo '${name}:x:${uid}:${gid}::/var/lib/${name}:/bin/sh' >> "$1/etc/passwd"`,
      `echo '${name}:x:${gid}:' >> "$1/etc/group"`,
      `echo '${name}:*:${day}::::::' >> "$1/etc/shadow"`,
      `echo '${name}:*::' >> "$1/etc/gshadow"`,
    );
  }
  return commands.join("\n");
}
