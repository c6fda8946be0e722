import { damageBackup, damageWal, type Damage } from "../faults/storage.js";
import type { Drill } from "./drill.js";
import { kubectl } from "./tier.js";

const city = "bandung";

/** Seconds that the verification of a small repository may take. */
const patience = 180;

/** Whether `pgbackrest verify` read files of WAL that are not as they were written. */
export function findsDamagedWal(said: string): boolean {
  const archives = [...said.matchAll(/total WAL checked: (\d+), total valid WAL: (\d+)/g)];
  return archives.some(([, checked, valid]) => Number(valid) < Number(checked));
}

/**
 * Damages a backup and a file of WAL, notes whether the verification finds both, and has the runbook make another backup in
 * the place of the damaged one. No runbook makes WAL anew, so that is mended as it was damaged.
 */
export async function damageRepository(drill: Drill): Promise<void> {
  const { platform } = drill;
  const damage = (what: string, done: Damage): Damage => {
    drill.onHealing(`change the bit of ${what} back, where it is still there`, () => {
      done.undo();
      return Promise.resolve();
    });
    return done;
  };
  const backup = damage("the backup", damageBackup(platform, city));
  const wal = damage("WAL", damageWal(platform, city));
  const job = `verify-damage-${Date.now()}`;
  await kubectl(platform, city, ["create", "job", job, "--from=cronjob/backup-verify"]);
  await drill.require(
    "the end of the verification",
    async () => {
      const ends = await kubectl(platform, city, ["get", "job", job, "--output=jsonpath={.status.conditions[*].type}"]);
      if (ends.includes("Complete")) drill.complaints.push(`${job} finds no damage in ${backup.name} and ${wal.name}`);
      return /Complete|Failed/.test(ends) ? [] : ["it still runs"];
    },
    patience,
  );
  const said = await kubectl(platform, city, ["logs", `job/${job}`]);
  if (!said.includes(`${backup.name}, status: invalid`)) drill.complaints.push(`${job} does not name ${backup.name}`);
  if (!findsDamagedWal(said)) drill.complaints.push(`${job} does not see that ${wal.name} is damaged`);
  wal.undo();
  await drill.followRunbook({ name: "backup-fails", values: { CITY: city, BACKUP: "yes", DAMAGED: backup.name } });
}
