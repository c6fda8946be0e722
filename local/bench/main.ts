import { cpus, totalmem } from "node:os";
import Table from "cli-table3";
import { localPlatform } from "../platform.js";
import { run } from "../process.js";
import { plainTable } from "../tables.js";
import { platformRows } from "./platform.js";
import { growthRows, oneStackRow } from "./rendering.js";

/** Prints speed and size as measured here and now, with the conditions they were measured under. */
async function main(): Promise<void> {
  const { stdout: go } = await run("go", ["env", "GOVERSION"]);
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const [cpu] = cpus();
  print(
    `Node ${process.version}, ${go}, ${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${gibibytes} GiB of memory`,
  );
  print("Each time is that of a whole command, start of the process included; limits are those of the design.\n");

  const summary = new Table({ head: ["what", "measured", "limit"], ...plainTable });
  summary.push(await oneStackRow(), ...(await platformRows(localPlatform())));
  print(summary.toString());

  const growth = new Table({ head: ["cities", "services", "resources", "seconds", "ms a resource"], ...plainTable });
  growth.push(...(await growthRows()));
  print("\nRendering, one process, one city after another:");
  print(growth.toString());
}

const print = (text: string) => process.stdout.write(`${text}\n`);

main().catch((error: unknown) => {
  process.stderr.write(`✖ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
