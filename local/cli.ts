import { Command } from "commander";
import { rmSync } from "node:fs";
import { relative } from "node:path";
import { catalogue as catalogueOfRules } from "../policy/catalogue.js";
import { rules } from "../policy/rules/index.js";
import { changeReport } from "./changeReport.js";
import { checkCommand } from "./check/command.js";
import { judgeStackBy } from "./check/checkStack.js";
import { compilePack, policyPack } from "./check/pack.js";
import { judgeInProcesses, serveChecks } from "./check/processes.js";
import { down } from "./down.js";
import { UserError } from "./errors.js";
import { explain } from "./explain.js";
import { catalogue } from "./drills/catalogue.js";
import { drillCommand } from "./drills/command.js";
import { scenarios } from "./drills/scenarios/index.js";
import { exclusively } from "./lock.js";
import { cityCommand, linkCommand, nodeCommand, storageCommand } from "./faults/command.js";
import { imageLocksCommand, imagesCommand } from "./imagesCommand.js";
import { chosenCities, localPlatform, type Platform } from "./platform.js";
import { searchPath } from "./machines/requirements.js";
import { imagesDirectory } from "./real/images.js";
import { quotasCommand } from "./quotasCommand.js";
import { renderCommand, updateGolden } from "./renderCommand.js";
import { manifestsCommand } from "./manifests/command.js";
import { allStatuses, lacksOf } from "./status.js";
import { statusReport } from "./statusReport.js";
import { toolsCommand, up } from "./up.js";

// What is written here holds keys and certificates.
process.umask(0o077);
// A shell that became root by su has no directories of root's programs.
process.env.PATH = [process.env.PATH ?? "", ...searchPath].filter((part) => part !== "").join(":");

const print = (text: string) => process.stdout.write(`${text}\n`);

const program = new Command("local").description("The local platform: three Kubernetes cities on one Linux machine");

program
  .command("up")
  .description("bring the cities up, or up to date")
  .action(async () => {
    const platform = localPlatform();
    const cities = chosenCities(process.env.CITIES);
    const start = Date.now();
    const result = await exclusively(platform, () =>
      up(platform, { cities, engine: process.env.ENGINE, nodes: process.env.NODES }),
    );
    const statuses = await allStatuses(platform);
    print(`\n${changeReport(result)}\n\n${statusReport(platform, statuses)}`);
    print(
      `\n${cities.length} ${cities.length === 1 ? "city" : "cities"} in ${Math.round((Date.now() - start) / 1000)} s.`,
    );
  });

program
  .command("tools")
  .description("build the tools that are missing or out of date")
  .action(async () => {
    const platform = localPlatform();
    await exclusively(platform, () => toolsCommand(platform, process.env.NODES));
  });

program
  .command("status")
  .description("show what runs")
  .action(async () => {
    const platform = localPlatform();
    const statuses = await allStatuses(platform);
    print(statusReport(platform, statuses));
    const present = statuses.filter(({ state }) => state !== "absent");
    if (present.length === 0) throw new UserError("nothing runs", "make up");
    const lacks = present.flatMap((status) => lacksOf(platform, status));
    if (lacks.length > 0) throw new UserError("not everything that was brought up is ready", "make up", lacks);
  });

program
  .command("down")
  .description("stop and remove everything that up started")
  .action(async () => {
    const platform = localPlatform();
    const removed = await exclusively(platform, () => down(platform));
    print(
      removed.length === 0 ? "Nothing was running." : `Removed ${removed.join(", ")}. The tools stay in .local/tools.`,
    );
  });

program
  .command("link")
  .description("cut and heal the links between the cities")
  .option("--cut <city>", "cut all links of a city")
  .option("--heal <city>", "join it again")
  .action(faultAction(linkCommand));

program
  .command("node")
  .description("break and mend real nodes")
  .option("--kill <node>", "take its power")
  .option("--start <node>", "switch it on")
  .option("--freeze <node>", "stop it where it stands")
  .option("--thaw <node>", "let it go on")
  .action(faultAction(nodeCommand));

program
  .command("storage")
  .description("stop and start the object storage of a city")
  .option("--stop <city>", "refuse connections")
  .option("--start <city>", "serve again what it holds")
  .action(faultAction(storageCommand));

program
  .command("city")
  .description("lose a whole city and bring it back")
  .option("--kill <city>", "links, nodes and control plane")
  .option("--start <city>", "the same again")
  .action(faultAction(cityCommand));

program
  .command("drill")
  .description("break the data tier under load and judge what its clients saw")
  .action(async () => {
    const platform = localPlatform();
    const { SCENARIO: scenario, N: attempts, OUT: out } = process.env;
    const { text, isGreen } = await exclusively(platform, () =>
      drillCommand(platform, { scenario, attempts, out }, print),
    );
    print(`\n${text}`);
    if (!isGreen) throw new UserError("not every promise was kept", "look at the pictures of what is named above");
  });

program
  .command("drill-table")
  .description("the scenarios of the drills as a table for docs/drills.md")
  .action(() => {
    print(catalogue(scenarios));
  });

program
  .command("images")
  .description("build the images that are missing or out of date")
  .action(async () => {
    print(await imagesCommand(localPlatform(), process.env.LOCKED === "1"));
  });

program
  .command("image-locks")
  .description("write the locks of the images' packages anew")
  .action(async () => {
    print(await imageLocksCommand(localPlatform()));
  });

program
  .command("render")
  .description("write what a stack would register")
  .action(async () => {
    const { STACK: stack, OUT: out, TARGET: target } = process.env;
    print(await renderCommand(localPlatform(), { stack, out, target }));
  });

program
  .command("quotas")
  .description("what the production stacks need of the quotas of their account")
  .action(async () => {
    print(await quotasCommand(localPlatform(), process.env.QUOTAS));
  });

program
  .command("check")
  .description("judge the stacks by the policy pack")
  .action(async () => {
    const { STACK: stack, TARGET: target, OUT: out } = process.env;
    const { text, isClean } = await checkCommand({ stack, target, out }, (stacks) =>
      judgeInProcesses(stacks, judgeStackBy(localPlatform(), policyPack)),
    );
    print(text);
    if (!isClean) throw new UserError("the policy pack refuses this", "mend what is marked with ✖ above");
  });

program
  .command("check-part", { hidden: true })
  .description("judge the stacks that the process which started this one names")
  .action(() => {
    serveChecks(judgeStackBy(localPlatform(), policyPack));
  });

program
  .command("manifests")
  .description("hold what every stack renders against kubeconform and checkov")
  .action(async () => {
    const platform = localPlatform();
    print(await exclusively(platform, () => manifestsCommand(platform)));
  });

program
  .command("policy-pack")
  .description("compile the policy pack")
  .action(() => compilePack(localPlatform().root, policyPack));

program
  .command("policy-rules")
  .description("the rules of the policy pack as a page for docs/policy-rules.md")
  .action(() => {
    print(catalogueOfRules(rules));
  });

program
  .command("golden")
  .description("write the golden files anew")
  .action(async () => {
    for (const file of await updateGolden(localPlatform())) print(`wrote ${relative(process.cwd(), file)}`);
  });

program
  .command("clean")
  .description("down, and remove the tools and images too")
  .action(async () => {
    const platform = localPlatform();
    await exclusively(platform, () => down(platform));
    for (const directory of [platform.tools, imagesDirectory(platform)])
      rmSync(directory, { recursive: true, force: true });
  });

/** A command that does something to what runs, while no other command does. */
function faultAction(command: (platform: Platform, options: Record<string, string>) => Promise<string>) {
  return async (options: Record<string, string>): Promise<void> => {
    const platform = localPlatform();
    print(await exclusively(platform, () => command(platform, options)));
  };
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`\n✖ ${explain(error)}\n`);
  process.exitCode = 1;
});
