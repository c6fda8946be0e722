import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { lastLines, UserError } from "../../local/errors.js";
import { run, type RunResult } from "../../local/process.js";
import { debian, sourceDateEpoch } from "./debian.js";
import type { ImageDefinition } from "./definition.js";
import { isolated } from "./isolated.js";

const created = debian.date.toISOString();
/** Tag that a layout under work has; what it is published as stands in annotations of the archive. */
const tag = "image";

const indexSchema = z.object({
  manifests: z.tuple([z.looseObject({ digest: z.string(), annotations: z.record(z.string(), z.string()) })]),
});

/** The one image of an OCI layout, as its index describes it. */
export const readIndex = (layout: string): z.infer<typeof indexSchema> =>
  indexSchema.parse(JSON.parse(readFileSync(join(layout, "index.json"), "utf8")));

/** What every layer says of itself: no time of day, nothing of this machine. */
const history = (text: string): string[] => ["--history.created", created, "--history.created_by", text];

/** Makes an OCI layout with an image without layers. */
export async function emptyLayout(layout: string): Promise<void> {
  await umoci(["init", "--layout", layout]);
  await umoci(["new", "--image", `${layout}:${tag}`]);
  const platform = ["--os", "linux", "--architecture", debian.architecture];
  await umoci(["config", "--no-history", "--image", `${layout}:${tag}`, "--created", created, ...platform]);
}

/** Adds a tar archive as a layer, byte for byte. */
export async function addLayer(layout: string, archive: string, description: string): Promise<void> {
  await umoci(["raw", "add-layer", "--image", `${layout}:${tag}`, ...history(description), archive]);
}

const difference = `
scratch="$1" image="$2" tree="$3" epoch="$4"
shift 4
umoci unpack --image "$image" "$scratch/bundle"
rm -rf "$scratch/bundle/rootfs"
mkdir "$scratch/bundle/rootfs"
tar --extract --file "$tree" --preserve-permissions --numeric-owner --xattrs --xattrs-include='*' --directory "$scratch/bundle/rootfs"
find "$scratch/bundle/rootfs" -newermt "@$epoch" -exec touch --no-dereference --date="@$epoch" {} +
umoci repack --image "$image" "$@" "$scratch/bundle"
`;

/** Adds what a whole tree, given as a tar archive, differs in from the layers that are there. */
export async function addDifference(
  layout: string,
  tree: string,
  { scratch, description }: { scratch: string; description: string },
): Promise<void> {
  const args = [`${layout}:${tag}`, tree, `${sourceDateEpoch}`, ...history(description)];
  requireSuccess(await isolated(difference, scratch, args, {}), "umoci repack");
}

/** Arguments of `umoci config` that make an image out of its layers. */
export function configuration({ user, ...image }: ImageDefinition): string[] {
  const repeated = (option: string, values: readonly string[]): string[] => values.flatMap((value) => [option, value]);
  const annotation = (name: string, value: string): string => `org.opencontainers.image.${name}=${value}`;
  return [
    ...["--config.user", `${user.uid}:${user.gid}`],
    ...repeated("--config.entrypoint", image.entrypoint),
    ...repeated("--config.cmd", image.command),
    ...repeated(
      "--config.env",
      Object.entries({ PATH: defaultPath, ...image.environment }).map((entry) => entry.join("=")),
    ),
    ...repeated("--config.exposedports", image.ports),
    ...["--config.stopsignal", image.stopSignal],
    ...repeated("--manifest.annotation", [
      annotation("title", image.name),
      annotation("version", image.version),
      annotation("description", image.description),
      annotation("created", created),
    ]),
  ];
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Configures the image of a layout and drops what earlier steps left there. */
export async function configure(layout: string, image: ImageDefinition): Promise<void> {
  await umoci(["config", "--no-history", "--image", `${layout}:${tag}`, "--created", created, ...configuration(image)]);
  await umoci(["gc", "--layout", layout]);
}

/** Options of GNU tar for archives that depend on nothing but what is in them. */
export const reproducible: readonly string[] = [
  "--sort=name",
  `--mtime=@${sourceDateEpoch}`,
  "--numeric-owner",
  "--format=ustar",
];

async function umoci(args: readonly string[]): Promise<void> {
  requireSuccess(await run("umoci", args), `umoci ${args[0] ?? ""}`);
}

/** @throws UserError when a program failed that has no reason to, unless the disk is full or its version is too old. */
export function requireSuccess({ exitCode, output }: RunResult, program: string): void {
  if (exitCode === 0) return;
  throw new UserError(
    `${program} failed while building an image`,
    "see that there is room on the disk, then run it again",
    lastLines(output, 5),
  );
}
