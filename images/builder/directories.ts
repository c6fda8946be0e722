import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Makes a directory and those above it with the same mode under any umask. */
export function makeDirectory(root: string, path: string): void {
  if (path === "/") return;
  makeDirectory(root, dirname(path));
  mkdirSync(join(root, path), { recursive: true });
  chmodSync(join(root, path), 0o755);
}
