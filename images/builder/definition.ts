import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";
import { UserError } from "../../local/errors.js";
import { readYaml } from "../../local/yaml.js";
import { suggestion } from "../../stacks/configErrors.js";

/** Where the images are pushed to, and what local clusters call them too. */
export const registry = "ghcr.io/nusantara-platform";

const path = z.string().regex(/^(\/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)+$/, "must be an absolute path without . and ..");
const pattern = z.string().regex(/^\/[^\s,]+$/, "must be an absolute path, with * for anything");
const packageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/, "must be the name of a Debian package");
const id = z.int().min(1, "must not be root").max(65_533);

const file = z.strictObject({
  /** Folder below `images/` that the source lies in, for what several images have. @default the folder of the image */
  folder: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, "must be the name of a folder below images")
    .optional(),
  /** Path of a file below the folder, or of a folder for all files in it. */
  source: z
    .string()
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/, "must be a path below the folder"),
  /** Path in the image. */
  target: path,
  /** Of each file, octal; directories have 0755. @default "0644" */
  mode: z
    .string()
    .regex(/^0[0-7]{3}$/, 'must be four octal digits in quotes, e.g. "0755"')
    .default("0644"),
});

const binary = z.strictObject({
  /** Name under `.local/tools/bin`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Path in the image; the mode is 0755. */
  target: path,
});

const user = z.strictObject({
  /** Entry in /etc/passwd, for programs that look themselves up; made before the packages are installed. */
  name: packageName.optional(),
  uid: id.default(10_001),
  gid: id.default(10_001),
});

const imageSchema = z
  .strictObject({
    version: z.string().regex(/^\d+\.\d+\.\d+$/, "must be three numbers, e.g. 1.0.0"),
    description: z.string().min(1),
    /** Folder with a base.yaml that this image builds on, or `none` for an image of its files alone. */
    base: z.string(),
    /** Debian 13 packages on top of the base; their dependencies come too, what they recommend does not. */
    packages: z.array(packageName).default([]),
    /** Paths that packages bring and this image leaves out. */
    exclude: z.array(pattern).default([]),
    /** Files that lie there before the packages are installed, for packages that read them then. */
    seeds: z.array(file).default([]),
    files: z.array(file).default([]),
    binaries: z.array(binary).default([]),
    user: user.prefault({}),
    entrypoint: z.array(z.string()).min(1),
    command: z.array(z.string()).default([]),
    environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
    ports: z
      .array(z.string().regex(/^\d{1,5}\/(tcp|udp)$/, "must be a port and a protocol, e.g. 8080/tcp"))
      .default([]),
    /** Directories that a pod has to mount: the root file system is read-only. They belong to the user. */
    writable: z.array(path).default([]),
    stopSignal: z
      .string()
      .regex(/^SIG[A-Z0-9]+$/)
      .default("SIGTERM"),
  })
  .refine(({ base, packages }) => base !== "none" || packages.length === 0, {
    path: ["packages"],
    message: "need a base to be installed on",
  })
  .refine(({ packages, ...image }) => packages.length > 0 || (image.user.name ?? image.seeds[0]) === undefined, {
    path: ["packages"],
    message: "must be given where user.name or seeds are: both are for packages to find",
  });

const baseSchema = z.strictObject({
  description: z.string().min(1),
  /** Packages beside the essential ones. */
  packages: z.array(packageName).default([]),
});

export type ImageFile = z.infer<typeof file>;
export type ImageUser = z.infer<typeof user>;

/** A base that images share as their first layer. */
export interface BaseDefinition extends z.infer<typeof baseSchema> {
  name: string;
  /** Folder of its base.yaml and packages.lock. */
  folder: string;
}

/** One of our images, checked and complete. */
export interface ImageDefinition extends Omit<z.infer<typeof imageSchema>, "base"> {
  name: string;
  /** Folder of its image.yaml, packages.lock and files. */
  folder: string;
  /** What clusters and the registry call it. */
  reference: string;
  base: BaseDefinition | undefined;
}

/**
 * The images that are defined under `images/`, by name.
 * @param root directory of the repository.
 * @throws UserError with every problem of the first file that has any.
 */
export function imageDefinitions(root: string): ImageDefinition[] {
  const directory = join(root, "images");
  const names = readdirSync(directory).sort();
  const bases = names
    .filter((name) => existsSync(join(directory, name, "base.yaml")))
    .map((name) => ({ name, folder: join(directory, name), ...parse(root, directory, name, "base.yaml", baseSchema) }));
  return names
    .filter((name) => existsSync(join(directory, name, "image.yaml")))
    .map((name) => {
      const { base, ...image } = parse(root, directory, name, "image.yaml", imageSchema);
      const reference = `${registry}/${name}:${image.version}`;
      return { name, folder: join(directory, name), reference, ...image, base: baseOf(name, base, bases) };
    });
}

function baseOf(image: string, name: string, bases: readonly BaseDefinition[]): BaseDefinition | undefined {
  if (name === "none") return undefined;
  const base = bases.find((candidate) => candidate.name === name);
  if (base) return base;
  const known = [...bases.map((candidate) => candidate.name), "none"];
  throw new UserError(
    `images/${image}/image.yaml: base: there is no images/${name}/base.yaml`,
    `use one of ${known.join(", ")}${suggestion(name, known)}`,
  );
}

function parse<Schema extends z.ZodType>(
  root: string,
  directory: string,
  name: string,
  fileName: string,
  schema: Schema,
): z.infer<Schema> {
  const path = join(directory, name, fileName);
  const result = schema.safeParse(readYaml(path));
  if (result.success) return result.data;
  throw new UserError(
    `${relative(root, path)} is no usable definition`,
    "mend these keys; docs/images.md explains all of them",
    result.error.issues.flatMap(problemsOf),
  );
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = (key: PropertyKey[]): string => key.map(String).join(".") || "(all)";
  if (issue.code !== "unrecognized_keys") return [`${at(issue.path)}: ${issue.message}`];
  return issue.keys.map((key) => `${at([...issue.path, key])}: there is no such key`);
}
