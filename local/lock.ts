import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { check, lock } from "proper-lockfile";
import { UserError } from "./errors.js";
import type { Platform } from "./platform.js";
import { isAlive } from "./processes.js";

/** Names the process that holds the lock to commands that it starts itself: they work under its lock. */
export const lockHolder = "NUSANTARA_LOCK_HOLDER";

/** Whether this command was started by a run that holds the lock. */
const isUnderLock = async (directory: string): Promise<boolean> => {
  const holder = Number(process.env[lockHolder]);
  return Number.isInteger(holder) && holder > 0 && isAlive(holder) && (await check(directory, { realpath: false }));
};

/**
 * Runs one command at a time on a platform. The lock of a run that was killed expires by itself after ten seconds.
 * @throws UserError when another run holds the lock.
 */
export async function exclusively<Result>(platform: Platform, work: () => Promise<Result>): Promise<Result> {
  mkdirSync(dirname(platform.directory), { recursive: true });
  if (await isUnderLock(platform.directory)) return work();
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
