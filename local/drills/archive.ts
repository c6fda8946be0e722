import { archiveTimeout } from "../../components/postgres/configuration/fixedParameters.js";
import { bounds } from "./bounds.js";
import { now, type Drill } from "./drill.js";
import { kubectl, memberNamed, sqlIn } from "./tier.js";

/** SQL in whoever leads now, as the superuser. */
export const sqlInLeader = async (drill: Drill, text: string, database?: string): Promise<string> =>
  sqlIn(drill.platform, memberNamed(drill.topology, await drill.awaitLeader()), text, database);

interface Archiver {
  city: string;
  pod: string;
}

/** Seconds between two looks, each of which starts a process beside the member. */
const betweenLooks = 2;

/** Waits until a member has archived a file of WAL. */
const hasArchived = (drill: Drill, member: Archiver, file: string, seconds: number): Promise<void> =>
  drill.require(
    `archiving ${file} by ${member.city}-${member.pod}`,
    async () => {
      const question = "select coalesce(last_archived_wal, '') from pg_stat_archiver;";
      const archived = (await sqlIn(drill.platform, member, question)).trim();
      if (archived >= file) return [];
      await drill.hold(betweenLooks);
      return [`the last file archived is ${archived || "none"}`];
    },
    seconds,
  );

/** The member of each city that archives for it. */
const archivers = (drill: Drill): Archiver[] => drill.cities.map((city) => ({ city, pod: "reporting-0" }));

/**
 * Has every archiver archive what is there now, and waits until it has.
 * @param others members that archive as well.
 */
export async function archiversCatchUp(drill: Drill, others: readonly Archiver[] = []): Promise<void> {
  const file = (await sqlInLeader(drill, "select pg_walfile_name(pg_switch_wal());")).trim();
  for (const member of [...archivers(drill), ...others]) await hasArchived(drill, member, file, 300);
}

/** Lets no CronJob of the tier begin, as backups and their checks end files of WAL. */
async function suspendCronJobs(drill: Drill, suspend: boolean): Promise<void> {
  for (const city of drill.cities) {
    const names = await kubectl(drill.platform, city, ["get", "cronjobs", "--output=name"]);
    const patch = `--patch=${JSON.stringify({ spec: { suspend } })}`;
    await kubectl(drill.platform, city, ["patch", ...names.trim().split("\n"), patch]);
  }
}

/** Begins a file of WAL and puts on record when each city has archived it, which takes as long as nobody else ends it. */
export async function archiveWithoutHelp(drill: Drill): Promise<void> {
  drill.onHealing("let CronJobs begin again", () => suspendCronJobs(drill, false));
  await suspendCronJobs(drill, true);
  await sqlInLeader(drill, "select pg_switch_wal();");
  const file = (await sqlInLeader(drill, "select pg_walfile_name(pg_current_wal_insert_lsn());")).trim();
  const began = drill.mark(`${file} begins`);
  await Promise.all(
    archivers(drill).map(async (member) => {
      await hasArchived(drill, member, file, bounds.archived);
      const seconds = Math.round(now() - began);
      drill.mark(`${member.city} has archived it after ${seconds} s`);
      if (seconds < archiveTimeout - 5) drill.complaints.push(`${file} was ended by something else after ${seconds} s`);
    }),
  );
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

/** Runs a CronJob of a city now, and waits until that has succeeded. */
export async function runJob(drill: Drill, city: string, cronJob: string): Promise<void> {
  const job = `drill-${cronJob}-${Date.now()}`;
  await kubectl(drill.platform, city, ["create", "job", job, `--from=cronjob/${cronJob}`]);
  await drill.require(
    `${cronJob} in ${city}`,
    async () => {
      const text = await kubectl(drill.platform, city, ["get", "job", job, "--output=json"]);
      const { succeeded = 0, failed = 0 } = (JSON.parse(text) as JobView).status ?? {};
      return succeeded > 0 ? [] : [`job ${job}: failed ${failed} times`];
    },
    checkPatience,
  );
  await kubectl(drill.platform, city, ["delete", "job", job, "--wait=false"]);
}

/** Has each city look after its archive, which makes the first backup of a new cluster. */
export async function checkArchives(drill: Drill): Promise<void> {
  for (const city of drill.cities) await runJob(drill, city, "backup-check");
}
