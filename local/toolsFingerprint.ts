import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "./platform.js";

/** Groups of tools that something is made of. */
export const madeOf = {
  controlPlane: ["kubernetes", "simulation"],
  node: ["kubelet"],
  cityServices: ["kubelet", "coredns", "nodes", "storage"],
} as const;

/** Where a build leaves what it was made from. */
export const stampOf = ({ tools }: Platform, group: string): string => join(tools, `${group}.sha256`);

/** What tells one set of built tools from another. */
export function toolsFingerprint(platform: Platform, user: keyof typeof madeOf): string {
  const stamps = madeOf[user].map((group) => {
    const stamp = stampOf(platform, group);
    return existsSync(stamp) ? readFileSync(stamp, "utf8") : "none";
  });
  return createHash("sha256").update(stamps.join("\n")).digest("hex");
}
