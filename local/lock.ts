import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { lock } from "proper-lockfile";
import { UserError } from "./errors.js";
import type { Platform } from "./platform.js";

/**
 * Runs one command at a time on a platform. The lock of a run that was killed expires by itself after ten seconds.
 * @throws UserError when another run holds the lock.
 */
export async function exclusively<Result>(platform: Platform, work: () => Promise<Result>): Promise<Result> {
  mkdirSync(dirname(platform.directory), { recursive: true });
  const release = await lock(platform.directory, {
    realpath: false,
    stale: 10_000,
    retries: { retries: 3, minTimeout: 4000 },
  }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    throw new UserError("another run is at work on this platform", "wait until it has ended");
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
