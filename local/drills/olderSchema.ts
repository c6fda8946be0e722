import { bringUp } from "./changedSettings.js";
import type { Drill } from "./drill.js";
import { sql } from "./precious.js";
import { kubectl } from "./tier.js";

/** A service, its table and what its newest migration made of it. */
const [service, records, migration] = ["order", "reference.records", "migrations/0002_own_rows.sql"];

/** Jobs that make it, by their label and the namespace that they are in. */
const makers = [
  ["reconcile", "databases"],
  ["schema-migration", "nusantara-mart"],
] as const;

/** Takes back what a migration and the roles' SQL have made, so that a moment after it is one of before them. */
export async function takeSchemaBack(drill: Drill): Promise<void> {
  drill.onHealing("have the schema made anew where it is not", async () => {
    if ((await missingInSchema(drill)).length === 0) return;
    for (const city of drill.cities)
      for (const [name, namespace] of makers)
        await kubectl(drill.platform, city, [
          `--namespace=${namespace}`,
          "delete",
          "job",
          `--selector=app.kubernetes.io/name=${name}`,
        ]);
    await bringUp(drill.platform);
  });
  await sql(
    drill,
    `begin;
     alter table ${records} disable row level security;
     drop function reference.own_roles cascade;
     delete from reference.migrations where name = '${migration}';
     revoke insert on ${records} from "${service}";
     commit;`,
  );
}

/** What of it is not there, one entry a line. */
export async function missingInSchema(drill: Drill): Promise<string[]> {
  const question = `select
    (select relrowsecurity from pg_class where oid = '${records}'::regclass)
      and exists (select from pg_policies where tablename = 'records'),
    has_table_privilege('${service}', '${records}', 'insert');`;
  const [isMigrated, isGranted] = (await sql(drill, question)).split("|");
  return [
    ...(isMigrated === "t" ? [] : [`${migration} was not applied anew`]),
    ...(isGranted === "t" ? [] : [`${service} has no right to add rows`]),
  ];
}
