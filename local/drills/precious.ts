import { databaseName } from "../../components/postgres/layout.js";
import { sqlInLeader } from "./archive.js";
import type { Drill } from "./drill.js";

/** A table of which every row counts: what somebody destroys by mistake. */
export const table = "drill.precious";

/** SQL in the applications' database, through whoever leads now. @returns its output, trimmed. */
export const sql = (drill: Drill, text: string): Promise<string> =>
  sqlInLeader(drill, text, databaseName).then((said) => said.trim());

/** What is in the table, or in one like it, as one line: nothing else than the same rows has the same. */
export const contentsOf = (drill: Drill, from: string = table): Promise<string> =>
  sql(drill, `select count(*), coalesce(md5(string_agg(id::text, ',' order by id)), '') from ${from};`);

/** Notes what is in the table, and the moment: what a restore is to give back, and when all was well. */
export async function noteContents(drill: Drill): Promise<void> {
  drill.notes.set("contents", await contentsOf(drill));
  drill.notes.set("target", `${await sql(drill, "select clock_timestamp() at time zone 'UTC';")}+00:00`);
}
