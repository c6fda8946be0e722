import type { Commit } from "../../components/postgres/configuration/settings.js";
import { UserError } from "../errors.js";
import type { Drill } from "./drill.js";
import type { Observation } from "./history.js";

/** What the primary's commits wait for in the eyes of the members: with `quorum` some count as the standbys that they wait for. */
export const commitSeen = (views: readonly Pick<Observation, "members">[]): Commit =>
  views.some(({ members }) => members.some(({ role }) => /^(sync|quorum)_standby$/.test(role))) ? "quorum" : "async";

/** Seconds until a new primary has the standbys that its commits wait for. */
const patience = 60;

/** @throws UserError where commits of the primary still wait for something else after a while than the stack files say. */
export async function requireCommit(
  drill: Pick<Drill, "views" | "waitFor">,
  configured: Commit,
  seconds: number = patience,
): Promise<void> {
  const isOther = () => (commitSeen(drill.views()) === configured ? [] : [configured]);
  if ((await drill.waitFor(isOther, seconds)).length === 0) return;
  throw new UserError(
    `the platform commits with "${commitSeen(drill.views())}", and its stack files say "${configured}"`,
    "make up NODES=real, with the NUSANTARA_PROJECT that is meant",
  );
}
