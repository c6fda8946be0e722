import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { cityNames, nusantara } from "../stacks/topology.js";
import { suggestion } from "../stacks/configErrors.js";
import { UserError } from "./errors.js";
import { replaceFile } from "./files.js";
import { readYaml } from "./yaml.js";

/** Ports of one control plane, all on the loopback address. */
export interface Ports {
  apiServer: number;
  etcd: number;
  etcdPeer: number;
  controllerManager: number;
  scheduler: number;
  kwok: number;
  metricsServer: number;
  /** The API gateway, where the nodes are real. */
  gateway: number;
}

/** Where a local platform keeps its things, and which ports it uses. */
export interface Platform {
  /** Directory of the repository. */
  root: string;
  /** Directory with the project's and the stacks' files and, under local/cities, the overlays. */
  project: string;
  /** All state of the platform; `make down` removes it. */
  directory: string;
  /** Tools built from source; kept until `make clean`. */
  tools: string;
  /** First of the ports; each city takes ten. */
  portBase: number;
}

/** Settings that replace those of the stack's file, key by key. */
const settings = z.record(z.string(), z.unknown()).default({});
/** What production has and the local city has not, and why. */
const leftOut = z.array(z.strictObject({ what: z.string(), why: z.string() })).default([]);

const overlaySchema = z.strictObject({
  settings,
  leftOut,
  /** On top, where no node is real. */
  simulatedNodes: z.strictObject({ settings, leftOut }).prefault({}),
  /** On top, where some are. */
  realNodes: z
    .strictObject({
      settings,
      leftOut,
      /** How many nodes of a pool are real, the first ones; the others, and pools that are not named, are simulated. */
      pools: z.record(z.string(), z.union([z.int().min(0), z.literal("all")])).default({}),
      /** Images of ours, by name, that stand in for a repository of a registry. */
      images: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
});

/** What a local city differs in from production. */
export type Overlay = z.infer<typeof overlaySchema>;

/** What the nodes of a platform are. With real ones, some may still be simulated. */
export type NodeKind = "real" | "simulated";

const nodeKindFile = (platform: Platform): string => join(platform.directory, "node-kind");

/** What the nodes of a platform were brought up as. */
export const recordedNodeKind = (platform: Platform): NodeKind | undefined => {
  const file = nodeKindFile(platform);
  if (!existsSync(file)) return undefined;
  return readFileSync(file, "utf8").trim() === "real" ? "real" : "simulated";
};

export function recordNodeKind(platform: Platform, kind: NodeKind): void {
  replaceFile(nodeKindFile(platform), `${kind}\n`);
}

/** The part of an overlay that counts for a kind of nodes. */
export function overlayFor(overlay: Overlay, kind: NodeKind): Pick<Overlay, "settings" | "leftOut"> {
  const more = kind === "real" ? overlay.realNodes : overlay.simulatedNodes;
  return {
    settings: { ...overlay.settings, ...more.settings },
    leftOut: [...overlay.leftOut, ...more.leftOut],
  };
}

/** Directory of the repository. Sources in `local/` and their bundle in `.local/` are both one step below it. */
export const root = resolve(__dirname, "..");

/** The bundled command line; make builds it. */
export const commandLine = join(root, ".local", "cli.cjs");
const defaultPortBase = 26_000;

/** A variable that is set to nothing counts as not set. */
const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

/**
 * The platform of this clone. `NUSANTARA_DIRECTORY` and `NUSANTARA_PORT_BASE` make a second one possible beside it,
 * and `NUSANTARA_PROJECT` lets it run other stack files.
 */
export function localPlatform(environment: NodeJS.ProcessEnv = process.env): Platform {
  const text = given(environment.NUSANTARA_PORT_BASE) ?? `${defaultPortBase}`;
  const portBase = Number(text);
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 60_000) {
    throw new UserError(`NUSANTARA_PORT_BASE is "${text}"`, "set it to a port number from 1024 to 60000");
  }
  return {
    root,
    project: resolve(root, given(environment.NUSANTARA_PROJECT) ?? "."),
    directory: resolve(root, given(environment.NUSANTARA_DIRECTORY) ?? join(".local", "platform")),
    tools: join(root, ".local", "tools"),
    portBase,
  };
}

/** Ports of a city's control plane. */
export function portsOf(platform: Platform, city: string): Ports {
  const first = platform.portBase + 10 * cityNames(nusantara).indexOf(city);
  return {
    apiServer: first,
    etcd: first + 1,
    etcdPeer: first + 2,
    controllerManager: first + 3,
    scheduler: first + 4,
    kwok: first + 5,
    metricsServer: first + 6,
    gateway: first + 7,
  };
}

/** Path of one of the tools. */
export const tool = (platform: Platform, name: string): string => join(platform.tools, "bin", name);
/** Where kubectl keeps what it learns of an API server; by default it would be the home directory. */
export const kubeCache = (platform: Platform): string => join(platform.directory, "kube-cache");
/** Directory of a city's control plane. */
export const clusterDirectory = (platform: Platform, city: string): string =>
  join(platform.directory, "kwok", "clusters", city);
/** Kubeconfig of one city. */
export const kubeconfigOf = (platform: Platform, city: string): string => join(platform.directory, "kubeconfigs", city);
/** Kubeconfig with all cities, for people. */
export const mergedKubeconfig = (platform: Platform): string => join(platform.directory, "kubeconfig");
export const contextOf = (city: string): string => `kwok-${city}`;
/** What a stack remembers when no engine does. */
export const stateFile = (platform: Platform, stack: string): string =>
  join(platform.directory, "state", `${stack}.json`);

/** The overlay of a local city. */
export function readOverlay(platform: Platform, city: string): Overlay {
  const file = join(platform.project, "local", "cities", `${city}.yaml`);
  if (!existsSync(file))
    throw new UserError(`${city} has no local overlay`, `write ${file}, see local/cities/jakarta.yaml`);
  const result = overlaySchema.safeParse(readYaml(file));
  if (result.success) return result.data;
  const details = result.error.issues.map(({ path, message }) => `${path.join(".") || "(all)"}: ${message}`);
  throw new UserError(`${file} is not a usable overlay`, "see local/cities/jakarta.yaml", details);
}

/** The cities named in `CITIES="jakarta bandung"`, in the order of creation; all of them by default. */
export function chosenCities(text: string | undefined): string[] {
  const all = cityNames(nusantara);
  const chosen = (text ?? "").split(/[\s,]+/).filter((name) => name !== "");
  for (const name of chosen) {
    if (!all.includes(name))
      throw new UserError(`"${name}" is no city${suggestion(name, all)}`, `CITIES="${all.join(" ")}"`);
  }
  return chosen.length === 0 ? all : all.filter((name) => chosen.includes(name));
}
