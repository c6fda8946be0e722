import { suggestion } from "../../stacks/configErrors.js";
import { cityNames, nusantara } from "../../stacks/topology.js";
import { UserError } from "../errors.js";
import { nodesOf } from "../machines/city.js";
import { nodeGroup } from "../machines/directories.js";
import { nodeState, startNode, type NodeState } from "../machines/node.js";
import { setSilent } from "../network/silence.js";
import type { Platform } from "../platform.js";

/** A real node and the city that it stands in. */
export interface StandingNode {
  city: string;
  name: string;
  state: NodeState;
}

/** Every real node of the platform. */
export const realNodes = (platform: Platform): StandingNode[] =>
  cityNames(nusantara).flatMap((city) =>
    nodesOf(platform, city).map((name) => ({ city, name, state: nodeState(platform, { city, name }) })),
  );

/** @throws UserError naming the real nodes that there are. */
export function requireNode(platform: Platform, name: string): StandingNode {
  const nodes = realNodes(platform);
  const node = nodes.find((each) => each.name === name);
  if (node) return node;
  const names = nodes.map((each) => each.name);
  if (names.length === 0) throw new UserError("there are no real nodes", "make up NODES=real");
  throw new UserError(`"${name}" is no real node${suggestion(name, names)}`, `there are ${names.join(", ")}`);
}

/**
 * Takes the power from a node: every process of it ends at once. Processes stand still before the links go, and end after them: none
 * acknowledges what nobody else can hear of, and none says goodbye.
 */
export async function killNode(platform: Platform, name: string): Promise<void> {
  pauseNode(platform, name);
  await setSilent(platform, name, true);
  await nodeGroup(platform, name).kill();
}

/** Lets a node's processes stand still, if it runs. Its links go on. */
export function pauseNode(platform: Platform, name: string): void {
  if (requireNode(platform, name).state === "running") nodeGroup(platform, name).setFrozen(true);
}

/** Switches a killed node on again, or thaws a frozen one. Returns before its pods run. */
export async function switchOn(platform: Platform, name: string): Promise<void> {
  const { city, state } = requireNode(platform, name);
  if (state === "frozen") nodeGroup(platform, name).setFrozen(false);
  await setSilent(platform, name, false);
  if (state === "stopped") await startNode(platform, { city, name });
}

/**
 * Stops a node where it stands, as a paused virtual machine: no process runs, no packet comes or goes, and all of it
 * goes on where it was when it thaws.
 */
export async function freezeNode(platform: Platform, name: string): Promise<void> {
  const { state } = requireNode(platform, name);
  if (state !== "running")
    throw new UserError(`${name} is ${state}, and only a running node can be frozen`, `make node START=${name}`);
  await setSilent(platform, name, true);
  nodeGroup(platform, name).setFrozen(true);
}
