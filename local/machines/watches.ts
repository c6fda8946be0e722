import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Platform } from "../platform.js";

const setting = "/proc/sys/fs/inotify/max_user_instances";

/** Three cities took 125 inotify instances, six of them each kubelet; kernels allow a user 128 by default. */
const needed = 1024;

const recordOf = (platform: Platform): string => join(platform.directory, "state", "inotify-instances");

/** Lets the nodes watch as many files as they must; what the machine allowed before comes back with `make down`. */
export function allowWatches(platform: Platform): void {
  const before = readFileSync(setting, "utf8").trim();
  if (Number(before) >= needed) return;
  const record = recordOf(platform);
  if (!existsSync(record)) {
    mkdirSync(dirname(record), { recursive: true });
    writeFileSync(record, before);
  }
  writeFileSync(setting, `${needed}`);
}

/** Takes back what {@link allowWatches} did. */
export function restoreWatches(platform: Platform): void {
  const record = recordOf(platform);
  if (existsSync(record)) writeFileSync(setting, readFileSync(record, "utf8"));
}
