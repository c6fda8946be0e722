import { Listr } from "listr2";
import { managedBy } from "../components/kubernetes/index.js";
import type { CityConfig } from "../stacks/config.js";
import { ConfigError } from "../stacks/configErrors.js";
import type { Change } from "./changes.js";
import { ensureCluster, writeMergedKubeconfig } from "./clusters.js";
import { chooseEngine, pulumiUp, rememberEngine, type Engine } from "./engine.js";
import { Kubectl } from "./kubectl.js";
import { outdatedNodes, simulatedNodes } from "./nodes.js";
import type { Platform } from "./platform.js";
import { requireDisk, requireLinux } from "./preflight.js";
import { progressOf, type Task } from "./progress.js";
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
  cities: CityResult[];
}

/** State of three control planes and their logs, with room to grow. */
const stateDisk = 2 * 2 ** 30;

/** Names of the sets that objects are applied in. */
export const platformSet = "local-platform";
export const stackSet = (city: string): string => `stack-${city}`;

/** What one run works with. */
interface Run {
  platform: Platform;
  configs: readonly CityConfig[];
  engine: Engine;
  results: Map<string, CityResult>;
  /** What kubectl is to apply, by city. */
  manifests: Map<string, readonly Manifest[]>;
}

/** Brings the local platform up; what is there already stays as it is. */
export async function up(platform: Platform, { cities, engine: choice }: UpArgs): Promise<UpResult> {
  requireLinux();
  requireDisk(platform.directory, stateDisk, "run the control planes");
  const { engine, why } = await chooseEngine(platform, choice);
  const configs = configurations(platform, cities);
  const results = new Map<string, CityResult>();
  const current: Run = { platform, configs, engine, results, manifests: new Map() };
  await new Listr(
    [
      toolsTask(platform),
      { title: "Control planes", task: () => inEachCity(current, "at once", startControlPlane) },
      { title: "Nodes", task: () => inEachCity(current, "at once", addNodes) },
      // A city may read what an earlier one gives out.
      { title: "Stacks", task: () => inEachCity(current, "in order", engine === "pulumi" ? runEngine : register) },
      { title: "Workloads", task: () => inEachCity(current, "at once", settle) },
    ],
    { rendererOptions: { collapseSubtasks: false } },
  ).run();
  await writeMergedKubeconfig(platform);
  return { engine, why, cities: cities.map((city) => resultOf(current, city)) };
}

/** @throws ConfigError with the problems of every city. */
function configurations(platform: Platform, cities: readonly string[]): CityConfig[] {
  const errors: ConfigError[] = [];
  const configs = cities.flatMap((city) => {
    try {
      return [localConfig(platform, city)];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      errors.push(error);
      return [];
    }
  });
  const [first] = errors;
  if (first === undefined) return configs;
  if (errors.length === 1) throw first;
  const problems = errors.flatMap(({ source, problems: own }) =>
    own.map(({ path, message }) => ({ path, message: `${message} (${source})` })),
  );
  throw new ConfigError("the configuration of these cities", problems);
}

type Step = (run: Run, config: CityConfig, task: Task) => Promise<void>;

const inEachCity = (run: Run, order: "at once" | "in order", step: Step) =>
  new Listr(
    run.configs.map((config) => ({
      title: config.city,
      task: async (_: unknown, task: Task) => {
        await step(run, config, task);
      },
    })),
    { concurrent: order === "at once" },
  );

const resultOf = ({ results }: Run, city: string): CityResult => {
  const result = results.get(city) ?? { city, cluster: "unchanged", platform: [], stack: [], engineSummary: [] };
  results.set(city, result);
  return result;
};

const startControlPlane: Step = async (run, config, task) => {
  rememberEngine(run.platform, run.engine);
  const state = await ensureCluster(run.platform, config);
  resultOf(run, config.city).cluster = state;
  task.title = `${config.city}: ${state}`;
};

const addNodes: Step = async (run, config, task) => {
  const { city } = config;
  const kubectl = new Kubectl(run.platform, city);
  const nodes = simulatedNodes(config);
  await kubectl.delete(outdatedNodes(await kubectl.get(nodes), nodes));
  resultOf(run, city).platform = await kubectl.apply(platformSet, [...nodes, ...resourceMetrics]);
  await waitUntilReady(kubectl, { city, manifests: nodes, progress: progressOf(task) });
  task.title = `${city}: ${nodes.length} simulated nodes`;
};

const register: Step = async (run, { city }, task) => {
  const captured = await renderLocal(run.platform, city);
  run.manifests.set(city, manifestsOf(captured, unwrapSecrets));
  task.title = `${city}: ${captured.resources.length} resources`;
};

const runEngine: Step = async (run, { city }, task) => {
  const summary = await pulumiUp(run.platform, city, progressOf(task));
  resultOf(run, city).engineSummary = summary;
  task.title = `${city}: ${summary.join(", ")}`;
};

/** Applies what was registered, where no engine has done so, and waits until all of it is ready. */
const settle: Step = async (run, { city }, task) => {
  const kubectl = new Kubectl(run.platform, city);
  const wanted = run.manifests.get(city);
  if (wanted) resultOf(run, city).stack = await kubectl.apply(stackSet(city), wanted);
  const manifests = wanted ?? (await kubectl.list(ownWorkloads));
  await waitUntilReady(kubectl, { city, manifests, progress: progressOf(task) });
  task.title = `${city}: ${manifests.length} objects ready`;
};

/** Arguments of `kubectl get` for everything of ours that takes time to become ready. */
const ownWorkloads = [
  "deployments,statefulsets,daemonsets,jobs,horizontalpodautoscalers,poddisruptionbudgets",
  "--all-namespaces",
  `--selector=app.kubernetes.io/managed-by=${managedBy}`,
];

const toolsTask = (platform: Platform) => ({
  title: "Tools",
  task: async (_: unknown, task: Task) => {
    const built = await buildTools(platform, progressOf(task));
    task.title = built.length > 0 ? `Tools: built ${built.join(", ")}` : "Tools: up to date";
  },
});

/** Builds the tools alone, with progress. */
export const toolsCommand = (platform: Platform): Promise<unknown> => new Listr([toolsTask(platform)]).run();
