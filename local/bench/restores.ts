import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../drills/tier.js";
import type { Platform } from "../platform.js";
import { withPgbench } from "./pgbench.js";

/** pgbench's factor of scale for a backup of about 600 MB: of a small one the start of programs would be measured. */
const scale = 40;

/** Seconds that a backup, or a restore with all of its checks, may take. */
const patience = 900;

/** What a restore drill says of its speed, in bytes and bytes a second. */
interface Speeds {
  bytes: number;
  restoreBytesPerSecond: number;
  copyBytesPerSecond: number;
}

const isSpeeds = (value: unknown): value is Speeds =>
  ["bytes", "restoreBytesPerSecond", "copyBytesPerSecond"].every(
    (name) => typeof (value as Record<string, unknown> | null)?.[name] === "number",
  );

/** The row of a restore, out of the log of a restore drill. @throws Error when it says no speeds. */
export function restoreRow(log: string): string[] {
  const summary: unknown = JSON.parse(/^\{\n.*^\}$/ms.exec(log)?.[0] ?? "null");
  if (!isSpeeds(summary)) throw new Error(`the restore drill said no speeds:\n${log}`);
  const { bytes, restoreBytesPerSecond: restored, copyBytesPerSecond: copied } = summary;
  const megabytes = (count: number) => (count / 1e6).toFixed(0);
  return [
    `restore of ${megabytes(bytes)} MB, of the speed of copying`,
    `${megabytes(restored)} MB/s of ${megabytes(copied)} MB/s, ${((100 * restored) / copied).toFixed(0)} %`,
    "at least 80 %",
  ];
}

/** Runs a CronJob's work now, to its end. @returns its log. @throws Error with its log when it fails or is not in time. */
async function runNow(platform: Platform, city: string, cronJob: string): Promise<string> {
  const job = `bench-${cronJob}`;
  const log = () => kubectl(platform, city, ["logs", `job/${job}`]);
  await kubectl(platform, city, ["create", "job", job, `--from=cronjob/${cronJob}`]);
  try {
    for (let second = 0; second < patience; second += 2) {
      const { status = {} } = JSON.parse(await kubectl(platform, city, ["get", "job", job, "--output=json"])) as {
        status?: { conditions?: { type: string; status: string }[] };
      };
      const is = (type: string) => status.conditions?.some((each) => each.type === type && each.status === "True");
      if (is("Complete")) return await log();
      if (is("Failed")) throw new Error(`${cronJob} failed:\n${await log()}`);
      await sleep(2000);
    }
    throw new Error(`${cronJob} has not ended after ${patience} s:\n${await log()}`);
  } finally {
    await kubectl(platform, city, ["delete", "job", job, "--wait=false"]);
  }
}

/** What a restore of the primary's city makes of its disk, from a full backup with pgbench's tables in it. */
export const restoreRows = (platform: Platform): Promise<string[][]> =>
  withPgbench(
    platform,
    async ({ primary }) => {
      await runNow(platform, primary.city, "backup");
      return [restoreRow(await runNow(platform, primary.city, "restore-drill"))];
    },
    scale,
  );
