import { Listr } from "listr2";
import type { CityConfig } from "../stacks/config.js";
import { ConfigError } from "../stacks/configErrors.js";
import { writeMergedKubeconfig } from "./clusters.js";
import { chooseEngine, type Engine } from "./engine.js";
import { chooseNodes, installPackages, type NodeChoice } from "./machines/requirements.js";
import { ensureStorageIdentity } from "./objectStorage/identity.js";
import { recordedNodeKind, recordNodeKind, type NodeKind, type Platform } from "./platform.js";
import { requireDisk, requireLinux } from "./preflight.js";
import { progressOf, type Task } from "./progress.js";
import { buildLocalImages } from "./real/images.js";
import { openGateways } from "./real/gateways.js";
import { connectCities } from "./real/nodes.js";
import { inEachCity, resultOf, type CityResult, type Run } from "./run.js";
import { localConfig } from "./stack.js";
import { addNodes, applyStack, register, runEngine, settle, startControlPlane } from "./steps.js";
import { buildTools } from "./tools.js";

export interface UpArgs {
  cities: readonly string[];
  /** Value of ENGINE. */
  engine: string | undefined;
  /** Value of NODES. */
  nodes: string | undefined;
}

export interface UpResult {
  engine: Engine;
  why: string;
  nodes: NodeChoice;
  cities: CityResult[];
}

/** State of three control planes and their logs, with room to grow. */
const stateDisk = 2 * 2 ** 30;

/** Brings the local platform up; what is there already stays as it is. */
export async function up(platform: Platform, { cities, engine: choice, nodes: nodeChoice }: UpArgs): Promise<UpResult> {
  requireLinux();
  const nodes = await chooseNodes(platform, nodeChoice, recordedNodeKind(platform));
  requireDisk(platform.directory, stateDisk, "run the control planes");
  const { engine, why } = await chooseEngine(platform, choice);
  // The configuration of a city says where its backups go, and as whom.
  if (nodes.kind === "real") await ensureStorageIdentity(platform);
  const configs = configurations(platform, cities, nodes.kind);
  const results = new Map<string, CityResult>();
  const current: Run = { platform, configs, engine, nodes: nodes.kind, images: [], results, manifests: new Map() };
  const real = nodes.kind === "real";
  // Before anything is made: what a killed run leaves must be told apart.
  recordNodeKind(platform, nodes.kind);
  await new Listr(
    [
      { title: "Packages", enabled: real, task: installMissing },
      toolsTask(platform, nodes.kind),
      { title: "Images", enabled: real, task: imagesTask(current) },
      { title: "Networks", enabled: real, task: () => connectCities(platform, configs) },
      { title: "Control planes", task: () => inEachCity(current, "at once", startControlPlane) },
      { title: "Nodes", task: () => inEachCity(current, "at once", addNodes) },
      // A city may read what an earlier one gives out.
      { title: "Stacks", task: () => inEachCity(current, "in order", engine === "pulumi" ? runEngine : register) },
      { title: "Objects", enabled: engine === "kubectl", task: () => inEachCity(current, "at once", applyStack) },
      { title: "Gateways", enabled: real, task: () => openGateways(current) },
      { title: "Workloads", task: () => inEachCity(current, "at once", settle) },
    ],
    { rendererOptions: { collapseSubtasks: false } },
  ).run();
  await writeMergedKubeconfig(platform);
  return { engine, why, nodes, cities: cities.map((city) => resultOf(current, city)) };
}

/** @throws ConfigError with the problems of every city. */
function configurations(platform: Platform, cities: readonly string[], nodes: NodeKind): CityConfig[] {
  const errors: ConfigError[] = [];
  const configs = cities.flatMap((city) => {
    try {
      return [localConfig(platform, city, nodes)];
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

const toolsTask = (platform: Platform, nodes: NodeKind) => ({
  title: "Tools",
  task: async (_: unknown, task: Task) => {
    const built = await buildTools(platform, nodes, progressOf(task));
    task.title = built.length > 0 ? `Tools: built ${built.join(", ")}` : "Tools: up to date";
  },
});

/** Builds the tools alone, with progress: those that `up` would need here. */
export async function toolsCommand(platform: Platform, nodeChoice: string | undefined): Promise<void> {
  const { kind } = await chooseNodes(platform, nodeChoice, recordedNodeKind(platform));
  await new Listr([toolsTask(platform, kind)]).run();
}

const installMissing = async (_: unknown, task: Task): Promise<void> => {
  const installed = await installPackages(progressOf(task));
  task.title = installed.length > 0 ? `Packages: installed ${installed.join(", ")}` : "Packages: all there";
};

const imagesTask = (run: Run) => async (_: unknown, task: Task) => {
  const cities = run.configs.map(({ city }) => city);
  run.images = await buildLocalImages(run.platform, cities, progressOf(task));
  const built = run.images.filter((image) => image.built).map(({ name }) => name);
  task.title = built.length > 0 ? `Images: built ${built.join(", ")}` : "Images: up to date";
};
