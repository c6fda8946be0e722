import { setTimeout as sleep } from "node:timers/promises";
import { podName, type Member } from "../../components/postgres/layout.js";
import { configurationOf, configure, sqlIn } from "../drills/tier.js";
import type { Platform } from "../platform.js";
import { comparisonRows, throughEntryPoint, withPgbench } from "./pgbench.js";

/** The values of `commit`, as Patroni has them, and what the primary waits for once they are in force. */
const settings = {
  async: { mode: "false", standbys: /^$/ },
  quorum: { mode: '"quorum"', standbys: /^ANY 2 / },
} as const;

/** Seconds: Patroni changes the primary's list of standbys one step in each of its rounds. */
const patience = 90;

/** Waits until the primary's commits wait for what they shall. @throws Error after 90 s. */
async function untilInForce(platform: Platform, primary: Member, standbys: RegExp): Promise<void> {
  const place = { city: primary.city, pod: podName(primary) };
  let said = "";
  for (let second = 0; second < patience; second += 1) {
    said = (await sqlIn(platform, place, "show synchronous_standby_names;")).trim();
    if (standbys.test(said)) return;
    await sleep(1000);
  }
  throw new Error(`after ${patience} s commits of the primary wait for "${said}"`);
}

/** What `commit: quorum` costs a writer: pgbench through `pg-rw` with each value in turn, on the same cluster. */
export const commitRows = (platform: Platform): Promise<string[][]> =>
  withPgbench(platform, async ({ primary, rate }) => {
    const before = await configurationOf(platform, ["synchronous_mode"]);
    const rateWith = async (commit: keyof typeof settings, clients: number) => {
      await configure(platform, { synchronous_mode: settings[commit].mode });
      await untilInForce(platform, primary, settings[commit].standbys);
      return rate(throughEntryPoint, { clients });
    };
    try {
      return await comparisonRows(
        {
          title: (clients) => `pgbench through pg-rw, clients: ${clients}, commit: async`,
          rate: (clients) => rateWith("async", clients),
        },
        { title: () => "  commit: quorum", rate: (clients) => rateWith("quorum", clients) },
        "",
      );
    } finally {
      await configure(platform, before);
    }
  });
