import { parseCityConfig } from "./stacks/config.js";
import { links, type GlobalOutputValues } from "./stacks/global.js";
import { isGlobal, parseGlobalConfig } from "./stacks/globalConfig.js";
import type { CityOutputValues } from "./stacks/outputs.js";
import { readConfig } from "./stacks/readConfig.js";
import { region } from "./stacks/region.js";
import { nusantara, type Topology } from "./stacks/topology.js";

/** The program of a stack; Pulumi runs what this module exports and publishes what it returns. */
const program = async (topology: Topology = nusantara): Promise<CityOutputValues | GlobalOutputValues> => {
  const raw = readConfig();
  return isGlobal(raw) ? links(parseGlobalConfig(raw, topology)) : await region(parseCityConfig(raw, topology));
};

export = program;
