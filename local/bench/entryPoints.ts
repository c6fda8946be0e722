import type { Platform } from "../platform.js";
import { comparisonRows, throughEntryPoint, withPgbench } from "./pgbench.js";

/** What the poolers and HAProxy cost a writer, as pgbench sees it. */
export const entryPointRows = (platform: Platform): Promise<string[][]> =>
  withPgbench(platform, async ({ straight, rate }) => {
    await rate(straight, { seconds: 5 });
    return comparisonRows(
      {
        title: (clients) => `pgbench, clients: ${clients}, straight to the primary`,
        rate: (clients) => rate(straight, { clients }),
      },
      { title: () => "  through pg-rw", rate: (clients) => rate(throughEntryPoint, { clients }) },
      "at least 85 %",
    );
  });
