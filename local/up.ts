import { Listr, type ListrTask } from "listr2";
import type { CityConfig } from "../stacks/config.js";
import type { Change } from "./changes.js";
import { ensureCluster, writeMergedKubeconfig } from "./clusters.js";
import { chooseEngine, pulumiUp, rememberEngine, type Engine } from "./engine.js";
import { Kubectl } from "./kubectl.js";
import { simulatedNodes } from "./nodes.js";
import type { Platform } from "./platform.js";
import { requireDisk, requireLinux } from "./preflight.js";
import { manifestsOf, type Manifest } from "./render/manifests.js";
import { unwrapSecrets } from "./render/secrets.js";
import { resourceMetrics } from "./simulation.js";
import { localConfig, renderLocal } from "./stack.js";
import { buildTools } from "./tools.js";
import { waitUntilReady } from "./wait.js";

export interface UpArgs {
  cities: readonly string[];
  /** Value of ENGINE. */
  engine: string | undefined;
}

/** What a run did to one city. */
export interface CityResult {
  city: string;
  cluster: "created" | "started" | "unchanged";
  /** Changes of nodes and of the platform's own objects. */
  platform: Change[];
  /** Changes of the stack, where kubectl applied it. */
  stack: Change[];
  /** The engine's summary, where Pulumi applied it. */
  engineSummary: string[];
}

export interface UpResult {
  engine: Engine;
  why: string;
  builtTools: string[];
  cities: CityResult[];
}

/** State of three control planes and their logs, with room to grow. */
const stateDisk = 2 * 2 ** 30;

/** Names of the sets that objects are applied in. */
export const platformSet = "local-platform";
export const stackSet = (city: string): string => `stack-${city}`;

type Task = Pick<ListrTask, "title"> & { output: string };

/** Brings the local platform up; what is there already stays as it is. */
export async function up(platform: Platform, { cities, engine: choice }: UpArgs): Promise<UpResult> {
  requireLinux();
  requireDisk(platform.directory, stateDisk, "run the control planes");
  const { engine, why } = await chooseEngine(platform, choice);
  const configs = cities.map((city) => localConfig(platform, city));
  const results = new Map<string, CityResult>(
    cities.map((city) => [city, { city, cluster: "unchanged", platform: [], stack: [], engineSummary: [] }]),
  );
  const resultOf = (city: string): CityResult => {
    const result = results.get(city);
    if (!result) throw new Error(`no result for ${city}`);
    return result;
  };
  let builtTools: string[] = [];
  const manifests = new Map<string, Manifest[]>();

  const forEachCity = (work: (config: CityConfig, task: Task) => Promise<void>, concurrent: boolean) =>
    new Listr(
      configs.map((config) => ({
        title: config.city,
        task: (_: unknown, task: unknown) => work(config, task as Task),
      })),
      { concurrent, exitOnError: true },
    );

  await new Listr(
    [
      {
        title: "Tools",
        task: async (_, task) => {
          builtTools = await buildTools(platform, (message) => (task.output = message));
          task.title = builtTools.length > 0 ? `Tools: built ${builtTools.join(", ")}` : "Tools: up to date";
        },
      },
      {
        title: "Control planes",
        task: () =>
          forEachCity(async (config, task) => {
            rememberEngine(platform, engine);
            const state = await ensureCluster(platform, config);
            resultOf(config.city).cluster = state;
            task.title = `${config.city}: ${state}`;
          }, true),
      },
      {
        title: "Nodes",
        task: () =>
          forEachCity(async (config, task) => {
            const objects = [...simulatedNodes(config), ...resourceMetrics];
            const kubectl = new Kubectl(platform, config.city);
            resultOf(config.city).platform = await kubectl.apply(platformSet, objects);
            const nodes = objects.filter(({ kind }) => kind === "Node");
            await waitUntilReady(kubectl, { city: config.city, manifests: nodes });
            task.title = `${config.city}: ${nodes.length} simulated nodes`;
          }, true),
      },
      {
        title: "Stacks",
        task: () =>
          forEachCity(async (config, task) => {
            if (engine === "pulumi") {
              resultOf(config.city).engineSummary = await pulumiUp(
                platform,
                config.city,
                (line) => (task.output = line),
              );
              return;
            }
            const captured = await renderLocal(platform, config.city);
            manifests.set(config.city, manifestsOf(captured, unwrapSecrets));
            task.title = `${config.city}: ${captured.resources.length} resources`;
          }, false),
      },
      {
        title: "Workloads",
        skip: () => engine === "pulumi",
        task: () =>
          forEachCity(async ({ city }, task) => {
            const kubectl = new Kubectl(platform, city);
            const wanted = manifests.get(city) ?? [];
            resultOf(city).stack = await kubectl.apply(stackSet(city), wanted);
            await waitUntilReady(kubectl, { city, manifests: wanted, progress: (message) => (task.output = message) });
            task.title = `${city}: ${wanted.length} objects ready`;
          }, true),
      },
    ],
    { rendererOptions: { collapseSubtasks: false } },
  ).run();
  await writeMergedKubeconfig(platform, cities);
  return { engine, why, builtTools, cities: [...results.values()] };
}
