import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "./platform.js";

/** What tells one set of built tools from another: the stamps that a build leaves beside the binaries. */
export function toolsFingerprint({ tools }: Platform): string {
  if (!existsSync(tools)) return "none";
  const stamps = readdirSync(tools)
    .filter((name) => name.endsWith(".sha256"))
    .sort()
    .map((name) => readFileSync(join(tools, name), "utf8"));
  return createHash("sha256").update(stamps.join("\n")).digest("hex");
}
