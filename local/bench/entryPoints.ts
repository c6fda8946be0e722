import type { Platform } from "../platform.js";
import { inTurns, load, ratesText, shareText, throughEntryPoint, withPgbench } from "./pgbench.js";

/** What the poolers and HAProxy cost a writer, as pgbench sees it. */
export const entryPointRows = (platform: Platform): Promise<string[][]> =>
  withPgbench(platform, async ({ straight, rate }) => {
    await rate(straight, { seconds: 5 });
    const rows: string[][] = [];
    for (const clients of [1, load.clients]) {
      const [through, direct] = await inTurns([
        () => rate(throughEntryPoint, { clients }),
        () => rate(straight, { clients }),
      ]);
      if (!through || !direct) continue;
      rows.push(
        [`pgbench, clients: ${clients}, straight to the primary`, ratesText(direct), ""],
        ["  through pg-rw", `${ratesText(through)}, ${shareText(through, direct)}`, "at least 85 %"],
      );
    }
    return rows;
  });
