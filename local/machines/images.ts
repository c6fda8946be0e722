import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BuiltImage } from "../../images/builder/index.js";
import { UserError } from "../errors.js";
import { replaceFile } from "../files.js";
import { requireRun } from "../network/commands.js";
import type { Platform } from "../platform.js";
import { run } from "../process.js";
import { nodeDirectory } from "./directories.js";
import { insideNode } from "./inside.js";
import { quoted } from "./scripts.js";

/** What images a node shall have: those of ours, by the references that pods ask for. */
export type WantedImages = Readonly<Record<string, BuiltImage>>;

/** Namespace of containerd that the kubelet looks into. */
const ctr = ["ctr", "--namespace=k8s.io", "images"];

/** The digests of the images that a node has, by reference. */
function importedImages(file: string): Record<string, string> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, string>) : {};
}

/**
 * Imports what a node does not have yet.
 * @returns the references that stood for another image before: pods that run still run that one.
 */
export async function importImages(
  platform: Platform,
  { city, name }: { city: string; name: string },
  wanted: WantedImages,
): Promise<string[]> {
  const file = join(nodeDirectory(platform, city, name), "images.json");
  const imported = importedImages(file);
  const missing = Object.entries(wanted).filter(([reference, { digest }]) => imported[reference] !== digest);
  if (missing.length === 0) return [];
  const replaced = missing.map(([reference]) => reference).filter((reference) => imported[reference] !== undefined);
  await untilContainerdAnswers(platform, { city, name });
  for (const archive of new Set(missing.map(([, image]) => image.archive))) {
    const command = insideNode(platform, name, [...ctr, "import", "-"]);
    // Through standard input: the path may be hidden from inside the node.
    await requireRun("sh", ["-c", `exec ${command.map(quoted).join(" ")} <${quoted(archive)}`]);
  }
  for (const [reference, image] of missing.filter(([each, image]) => each !== image.reference)) {
    await tag(platform, name, image.reference, reference);
  }
  for (const [reference, { digest }] of missing) imported[reference] = digest;
  replaceFile(file, JSON.stringify(imported));
  return replaced;
}

async function tag(platform: Platform, node: string, source: string, target: string): Promise<void> {
  const [file = "", ...args] = insideNode(platform, node, [...ctr, "tag", "--force", source, target]);
  await requireRun(file, args);
}

/** Seconds that containerd gets to answer on a busy machine. */
const patience = 60;

async function untilContainerdAnswers(
  platform: Platform,
  { city, name: node }: { city: string; name: string },
): Promise<void> {
  const end = Date.now() + patience * 1000;
  for (;;) {
    const [file = "", ...args] = insideNode(platform, node, ["ctr", "version"]);
    const { exitCode } = await run(file, args);
    if (exitCode === 0) return;
    if (Date.now() >= end) {
      const log = join(nodeDirectory(platform, city, node), "log", "containerd", "current");
      throw new UserError(`containerd of ${node} does not answer after ${patience} s`, `look into ${log}`);
    }
    await sleep(200);
  }
}
