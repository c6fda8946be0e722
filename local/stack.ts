import type { CityConfig } from "../stacks/config.js";
import { cityNames, nusantara } from "../stacks/topology.js";
import { UserError } from "./errors.js";
import { kubeconfigOf, recordedNodeKind, stateFile, type NodeKind, type Platform } from "./platform.js";
import { hasStorageIdentity } from "./objectStorage/identity.js";
import { databaseBackupSettings } from "./objectStorage/settings.js";
import type { CapturedStack, Surroundings } from "./render/capture.js";
import { configOf, settingsFor } from "./render/city.js";
import { render } from "./render/render.js";
import { unwrapSecrets } from "./render/secrets.js";
import { LocalSecret, type StackSettings } from "./render/stackFile.js";
import { generate } from "./values/generate.js";
import { readState, writeState } from "./values/stateFile.js";

/**
 * Settings of a city on the local platform: its stack file, its overlay, where its cluster is and, where nodes are real,
 * where its backups go.
 */
export function localSettings(
  platform: Platform,
  city: string,
  nodes: NodeKind = recordedNodeKind(platform) ?? "simulated",
): StackSettings {
  const merged = settingsFor(platform, city, "local", nodes);
  const objectAt = (value: unknown) => (value ?? {}) as Record<string, unknown>;
  const cluster = { ...objectAt(merged["nusantara:cluster"]), kubeconfig: kubeconfigOf(platform, city) };
  // A platform that was never up with real nodes has no object storage yet.
  if (nodes === "simulated" || !hasStorageIdentity(platform)) return { ...merged, "nusantara:cluster": cluster };
  const database = objectAt(merged["nusantara:database"]);
  const { credentials, ...storage } = databaseBackupSettings(platform, city);
  return {
    ...merged,
    "nusantara:cluster": cluster,
    "nusantara:database": { ...database, backup: { ...objectAt(database.backup), ...storage } },
    "nusantara:backupCredentials": {
      accessKeyId: new LocalSecret(credentials.accessKeyId),
      secretAccessKey: new LocalSecret(credentials.secretAccessKey),
    },
  };
}

/** Production's secrets are encrypted with a key that the local platform does not have, and has no use for. */
function refuseEncrypted(city: string) {
  return (key: string): never => {
    throw new UserError(
      `Pulumi.${city}.yaml has an encrypted value in "${key}", which the local platform can't read`,
      `leave it out here: "${key}: null" under settings in local/cities/${city}.yaml`,
    );
  };
}

/** The checked configuration of a local city. */
export const localConfig = (platform: Platform, city: string, nodes?: NodeKind): CityConfig =>
  configOf(platform, city, localSettings(platform, city, nodes), refuseEncrypted(city));

/**
 * Registers a local city's resources with real generated values, which are kept for the next run, and keeps its
 * outputs for the cities that come later.
 */
export async function renderLocal(platform: Platform, city: string): Promise<CapturedStack> {
  const file = stateFile(platform, city);
  const state = readState(file);
  const surroundings: Surroundings = {
    compute: (resource) => generate(state, resource),
    stackOutputs: (other) => outputsOf(platform, city, other),
  };
  const captured = await render({
    root: platform.project,
    stack: city,
    settings: localSettings(platform, city),
    surroundings,
    decrypt: refuseEncrypted(city),
  });
  const registered = new Set(captured.resources.map(({ urn }) => urn));
  writeState(file, {
    values: Object.fromEntries(Object.entries(state.values).filter(([urn]) => registered.has(urn))),
    outputs: unwrapSecrets(captured.outputs) as Record<string, unknown>,
  });
  return captured;
}

function outputsOf(platform: Platform, reader: string, stack: string): Record<string, unknown> {
  const { outputs } = readState(stateFile(platform, stack));
  if (outputs) return outputs;
  const order = cityNames(nusantara).filter((name) => name === stack || name === reader);
  throw new UserError(
    `${reader} reads outputs of ${stack}, which was never brought up here`,
    `make up CITIES="${order.join(" ")}"`,
  );
}
