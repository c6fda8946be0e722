import { Listr } from "listr2";
import type { BuiltImage } from "../images/builder/index.js";
import type { CityConfig } from "../stacks/config.js";
import type { Change } from "./changes.js";
import type { Engine } from "./engine.js";
import type { NodeKind, Platform } from "./platform.js";
import type { Task } from "./progress.js";
import type { Manifest } from "./render/manifests.js";

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

/** Names of the sets that objects are applied in. */
export const platformSet = "local-platform";
export const stackSet = (city: string): string => `stack-${city}`;

/** The set of the cluster's DNS: the first pods, which need nodes that run and have their image. */
export const dnsSet = "cluster-dns";

/** What one run works with. */
export interface Run {
  platform: Platform;
  configs: readonly CityConfig[];
  engine: Engine;
  nodes: NodeKind;
  /** Images of ours, where nodes are real. */
  images: readonly BuiltImage[];
  results: Map<string, CityResult>;
  /** What kubectl is to apply, by city. */
  manifests: Map<string, readonly Manifest[]>;
}

/** One city's part of a step. */
export type Step = (run: Run, config: CityConfig, task: Task) => Promise<void>;

export function inEachCity(run: Run, order: "at once" | "in order", step: Step): Listr {
  const started: Promise<void>[] = [];
  return new Listr(
    run.configs.map((config) => ({
      title: config.city,
      task: async (_: unknown, task: Task) => {
        const work = step(run, config, task);
        started.push(work);
        try {
          await work;
        } catch (error) {
          // When one city fails the run ends, and with it its hold on the platform: the others must have ended too.
          await Promise.allSettled(started);
          throw error;
        }
      },
    })),
    { concurrent: order === "at once" },
  );
}

export const resultOf = ({ results }: Run, city: string): CityResult => {
  const result = results.get(city) ?? { city, cluster: "unchanged", platform: [], stack: [], engineSummary: [] };
  results.set(city, result);
  return result;
};
