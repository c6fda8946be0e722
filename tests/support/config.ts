import { toStackConfig, type StackSettings } from "../../local/render/stackFile.js";
import { parseCityConfig, type CityConfig } from "../../stacks/config.js";
import { ConfigError } from "../../stacks/configErrors.js";
import { rawConfig } from "../../stacks/readConfig.js";
import { nusantara } from "../../stacks/topology.js";

/** What every encrypted value is in these tests. */
export const decrypted = "decrypted-hunter2";

/** Checks settings the way that they reach the program: as Pulumi passes them. */
export function parseSettings(settings: StackSettings, source = "the settings"): CityConfig {
  const { values, secretKeys } = toStackConfig(settings, () => decrypted);
  return parseCityConfig(
    rawConfig(source, "nusantara", values, (key) => secretKeys.includes(key)),
    nusantara,
  );
}

/** The error that settings are refused with. */
export function refusalOf(settings: StackSettings): ConfigError {
  try {
    parseSettings(settings);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the settings were accepted");
}
