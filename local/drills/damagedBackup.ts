import { damageBackup } from "../faults/storage.js";
import type { Drill } from "./drill.js";
import { kubectl } from "./tier.js";

const city = "bandung";

/** Seconds that the verification of a small repository may take. */
const patience = 180;

/** Damages a backup, notes whether its verification finds that, and has the runbook make another one in its place. */
export async function replaceDamagedBackup(drill: Drill): Promise<void> {
  const { platform } = drill;
  const { label, undo } = damageBackup(platform, city);
  drill.onHealing("change the bit back, where the backup is still there", () => {
    undo();
    return Promise.resolve();
  });
  const job = `verify-damage-${Date.now()}`;
  await kubectl(platform, city, ["create", "job", job, "--from=cronjob/backup-verify"]);
  await drill.require(
    "the end of the verification",
    async () => {
      const ends = await kubectl(platform, city, ["get", "job", job, "--output=jsonpath={.status.conditions[*].type}"]);
      if (ends.includes("Complete")) drill.complaints.push(`${job} finds no damage in ${label}`);
      return /Complete|Failed/.test(ends) ? [] : ["it still runs"];
    },
    patience,
  );
  const said = await kubectl(platform, city, ["logs", `job/${job}`]);
  if (!said.includes(`${label}, status: invalid`)) drill.complaints.push(`${job} does not name ${label}`);
  await drill.followRunbook({ name: "backup-fails", values: { CITY: city, BACKUP: "yes", DAMAGED: label } });
}
