import Table from "cli-table3";
import { UserError } from "../errors.js";
import type { Platform } from "../platform.js";
import { plainTable } from "../tables.js";
import { cut, heal, killCity, links, startCity } from "./cities.js";
import { freezeNode, killNode, realNodes, switchOn } from "./nodes.js";
import { startStorage, stopStorage, storages } from "./storage.js";

/** What can be done to one kind of thing, by the name of the option. */
type Actions = Readonly<Record<string, { act: (platform: Platform, name: string) => Promise<void>; done: string }>>;

const linkActions: Actions = {
  cut: { act: cut, done: "is cut off from the other cities" },
  heal: { act: heal, done: "is joined to the other cities" },
};
const nodeActions: Actions = {
  kill: { act: killNode, done: "is off" },
  start: { act: switchOn, done: "is on" },
  freeze: { act: freezeNode, done: "is frozen" },
  thaw: { act: switchOn, done: "goes on" },
};
const storageActions: Actions = {
  stop: { act: stopStorage, done: "has no object storage" },
  start: { act: startStorage, done: "has its object storage again" },
};
const cityActions: Actions = {
  kill: { act: killCity, done: "is gone: links, nodes, control plane and object storage" },
  start: { act: startCity, done: "is back; its pods follow" },
};

/** Names of several things: `jakarta bandung` or `jakarta,bandung`. */
const namesIn = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== "");

/**
 * Does what the options say, one after another.
 * @returns one line for each thing that was done; none when no option was given.
 */
async function perform(
  platform: Platform,
  actions: Actions,
  options: Readonly<Record<string, string>>,
): Promise<string[]> {
  const lines: string[] = [];
  for (const [option, text] of Object.entries(options)) {
    const action = actions[option];
    if (!action) continue;
    if (namesIn(text).length === 0)
      throw new UserError(`--${option} names nothing`, `give it a name, e.g. ${option.toUpperCase()}=jakarta`);
    for (const name of namesIn(text)) {
      await action.act(platform, name);
      lines.push(`${name} ${action.done}.`);
    }
  }
  return lines;
}

type Options = Readonly<Record<string, string>>;

export async function linkCommand(platform: Platform, options: Options): Promise<string> {
  const done = await perform(platform, linkActions, options);
  const table = new Table({ head: ["city", "links to the others"], ...plainTable });
  for (const { city, cut: isCut } of await links(platform)) table.push([city, isCut ? "cut" : "whole"]);
  return [...done, table.length > 0 ? table.toString() : "No city is up with real nodes."].join("\n");
}

export async function nodeCommand(platform: Platform, options: Options): Promise<string> {
  const done = await perform(platform, nodeActions, options);
  const table = new Table({ head: ["city", "node", "state"], ...plainTable });
  for (const { city, name, state } of realNodes(platform)) table.push([city, name, state]);
  return [...done, table.length > 0 ? table.toString() : "There are no real nodes."].join("\n");
}

export async function storageCommand(platform: Platform, options: Options): Promise<string> {
  const done = await perform(platform, storageActions, options);
  const table = new Table({ head: ["city", "object storage"], ...plainTable });
  for (const { city, up } of await storages(platform)) table.push([city, up ? "up" : "stopped"]);
  return [...done, table.length > 0 ? table.toString() : "No city is up with real nodes."].join("\n");
}

export async function cityCommand(platform: Platform, options: Options): Promise<string> {
  const done = await perform(platform, cityActions, options);
  if (done.length > 0) return done.join("\n");
  throw new UserError("nothing is said about what to do", "make city KILL=jakarta, or START=jakarta");
}
