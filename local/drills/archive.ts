import type { Drill } from "./drill.js";
import { kubectl, memberNamed, sqlIn } from "./tier.js";

/** SQL in whoever leads now, as the superuser. */
export const sqlInLeader = async (drill: Drill, text: string, database?: string): Promise<string> =>
  sqlIn(drill.platform, memberNamed(drill.topology, await drill.awaitLeader()), text, database);

/**
 * Has every archiver archive what is there now, and waits until it has.
 * @param others members that archive as well.
 */
export async function archiversCatchUp(
  drill: Drill,
  others: readonly { city: string; pod: string }[] = [],
): Promise<void> {
  const file = (await sqlInLeader(drill, "select pg_walfile_name(pg_switch_wal());")).trim();
  for (const member of [...drill.cities.map((city) => ({ city, pod: "reporting-0" })), ...others]) {
    await drill.require(
      `archiving ${file} by ${member.city}-${member.pod}`,
      async () => {
        const archived = await sqlIn(
          drill.platform,
          member,
          "select coalesce(last_archived_wal, '') from pg_stat_archiver;",
        );
        return archived.trim() >= file ? [] : [`the last file archived is ${archived.trim() || "none"}`];
      },
      300,
    );
  }
}

interface JobView {
  status?: { succeeded?: number; failed?: number };
}

/** Seconds that the check of an archive may take, the first backup included. */
const checkPatience = 600;

/** Waits until the newest Job of some name's beginning has succeeded in some cities, all by default. */
export async function jobsSucceed(
  drill: Drill,
  prefix: string,
  cities: readonly string[] = drill.cities,
): Promise<void> {
  for (const city of cities) {
    await drill.require(
      `${prefix}… in ${city}`,
      async () => {
        const text = await kubectl(drill.platform, city, ["get", "jobs", "--output=json"]);
        const newest = (JSON.parse(text) as { items: (JobView & { metadata: { name: string } })[] }).items
          .filter(({ metadata }) => metadata.name.startsWith(prefix))
          .sort((one, other) => one.metadata.name.localeCompare(other.metadata.name))
          .at(-1);
        return (newest?.status?.succeeded ?? 0) > 0 ? [] : [`job ${newest?.metadata.name ?? prefix} has not succeeded`];
      },
      checkPatience,
    );
  }
}

/** Has each city look after its archive, which makes the first backup of a new cluster. */
export async function checkArchives(drill: Drill): Promise<void> {
  for (const city of drill.cities) {
    const job = `drill-check-${Date.now()}`;
    await kubectl(drill.platform, city, ["create", "job", job, "--from=cronjob/backup-check"]);
    await drill.require(
      `the check of the archive in ${city}`,
      async () => {
        const text = await kubectl(drill.platform, city, ["get", "job", job, "--output=json"]);
        const { succeeded = 0, failed = 0 } = (JSON.parse(text) as JobView).status ?? {};
        return succeeded > 0 ? [] : [`job ${job}: failed ${failed} times`];
      },
      checkPatience,
    );
    await kubectl(drill.platform, city, ["delete", "job", job, "--wait=false"]);
  }
}
