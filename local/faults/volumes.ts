import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { lastLines, UserError } from "../errors.js";
import { inside } from "../machines/configuration.js";
import { smallVolumes, smallVolumesDirectory } from "../machines/directories.js";
import { insideNode } from "../machines/inside.js";
import type { Platform } from "../platform.js";
import { run } from "../process.js";

/** A PersistentVolume as a real node has it. */
export interface NodeVolume {
  city: string;
  node: string;
  /** Name of the PersistentVolume. */
  name: string;
  /** UID of the pod that mounts it. */
  pod: string;
}

/** Where the volume is on the node. */
const mountPoint = ({ name }: NodeVolume): string => `${inside.volumes}/${name}`;

const ballastOn = (volume: NodeVolume): string => `${mountPoint(volume)}/ballast`;

/** The file system that stands in for it, as the machine sees it and as the node does. */
const imageOf = (platform: Platform, { city, node, name }: NodeVolume): string =>
  join(smallVolumesDirectory(platform, city, node), `${name}.ext4`);
const imageInside = ({ name }: NodeVolume): string => `${inside.disk}/${smallVolumes}/${name}.ext4`;

/** @throws UserError with the last words of a program that failed. */
async function must(command: readonly string[]): Promise<string> {
  const [file = "", ...args] = command;
  const { exitCode, stdout, stderr } = await run(file, args);
  if (exitCode === 0) return stdout;
  throw new UserError(
    `${command.join(" ")} failed`,
    "it needs e2fsprogs, util-linux, mount and loop devices of the kernel",
    lastLines(stderr, 3),
  );
}

/**
 * Lets a file system of some size stand in for a volume, whose directory on this platform has no end of its own: empty,
 * for the next pod that mounts it. What the volume held is hidden, not lost.
 */
export async function shrinkVolume(platform: Platform, volume: NodeVolume, bytes: number): Promise<void> {
  const image = imageOf(platform, volume);
  mkdirSync(smallVolumesDirectory(platform, volume.city, volume.node), { recursive: true });
  await must(["truncate", `--size=${bytes}`, image]);
  // Nothing is kept back for root: pods are not root, and the volume is full when it is full for them.
  await must(["mkfs.ext4", "-q", "-F", "-m", "0", image]);
  // Or what is mounted on the volume would appear in the pod as well, and go everywhere when the kubelet clears up after it.
  const ofPod = `/var/lib/kubelet/pods/${volume.pod}/volumes/kubernetes.io~local-volume/${volume.name}`;
  await must(insideNode(platform, volume.node, ["mount", "--make-private", ofPod]));
  await must(
    insideNode(platform, volume.node, ["mount", "-t", "ext4", "-o", "loop", imageInside(volume), mountPoint(volume)]),
  );
}

/** Bytes of a segment of WAL: what has no room for one more is full, whatever PostgreSQL frees and takes meanwhile. */
const walSegment = 16 * 2 ** 20;

/** Bytes of the file system that a volume is on: what pods may still write, and all of it. */
async function roomOn(platform: Platform, volume: NodeVolume): Promise<{ left: number; all: number }> {
  const said = await must(
    insideNode(platform, volume.node, ["stat", "--file-system", "--format=%a %b %S", mountPoint(volume)]),
  );
  const [left = 0, all = 0, block = 0] = said.trim().split(" ").map(Number);
  return { left: left * block, all: all * block };
}

/**
 * Takes all room that is left on a small volume.
 * @throws UserError when the volume is not a small one: it would be the machine's disk that is filled.
 */
export async function fillVolume(platform: Platform, volume: NodeVolume): Promise<void> {
  const before = await roomOn(platform, volume);
  if (before.all > statSync(imageOf(platform, volume)).size)
    throw new UserError(`volume ${volume.name} on ${volume.node} has no end`, "make up");
  // It ends with an error: there is no room. The file system needs some of it for itself.
  const command = ["dd", "if=/dev/zero", `of=${ballastOn(volume)}`, "bs=64K"];
  const [file = "", ...args] = insideNode(platform, volume.node, command);
  const { stderr } = await run(file, args);
  if ((await roomOn(platform, volume)).left >= walSegment)
    throw new UserError(`volume ${volume.name} on ${volume.node} is not full`, "make up", lastLines(stderr, 3));
}

/**
 * Gives the room back that was taken, which to those who use the volume is as if it had grown: a file system grows while it is
 * mounted only for who has CAP_SYS_RESOURCE, and machines in containers do not.
 */
export async function makeRoom(platform: Platform, volume: NodeVolume): Promise<void> {
  await must(insideNode(platform, volume.node, ["rm", ballastOn(volume)]));
}

/** Uncovers what a volume held before, for the next pod that mounts it; also where it was never hidden. */
export async function uncoverVolume(platform: Platform, volume: NodeVolume): Promise<void> {
  const [file = "", ...args] = insideNode(platform, volume.node, ["mountpoint", "--quiet", mountPoint(volume)]);
  const { exitCode } = await run(file, args);
  if (exitCode === 0) await must(insideNode(platform, volume.node, ["umount", "--lazy", mountPoint(volume)]));
  // The directory says to a later make up that there is something to undo.
  rmSync(smallVolumesDirectory(platform, volume.city, volume.node), { recursive: true, force: true });
}
