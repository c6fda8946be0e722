import { join } from "node:path";
import { readYaml } from "../yaml.js";
import { redacted } from "./secrets.js";

/** Configuration of a stack as its file has it, by full key such as `nusantara:city`. */
export type StackSettings = Readonly<Record<string, unknown>>;

/** A secret of the local platform among the settings: what stands encrypted in a stack's file in production. */
export class LocalSecret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Whoever writes settings down gets to see that there is one, and no more. */
  toJSON(): string {
    return redacted;
  }
}

/** Configuration in the form that Pulumi hands to a program. */
export interface StackConfig {
  values: Record<string, string>;
  /** Keys that hold encrypted values, or secrets of the local platform. */
  secretKeys: string[];
}

interface ProjectFile {
  name: string;
}

/** Name of the Pulumi project in a directory. */
export const projectName = (root: string): string => (readYaml(join(root, "Pulumi.yaml")) as ProjectFile).name;

/** Path of a stack's configuration file. */
export const stackFile = (root: string, stack: string): string => join(root, `Pulumi.${stack}.yaml`);

/**
 * The `config` section of a stack's file.
 * @throws Error naming the file when it is missing or is no YAML.
 */
export function readStackFile(root: string, stack: string): StackSettings {
  const content = readYaml(stackFile(root, stack)) as { config?: StackSettings } | null;
  const project = projectName(root);
  // Like the CLI, which puts a key without a namespace into the project's.
  const entries = Object.entries(content?.config ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key.includes(":") ? key : `${project}:${key}`, value]));
}

/** Settings of an overlay replace those of the stack's file key by key, each as a whole; null takes a key away. */
export const overlaid = (settings: StackSettings, overlay: StackSettings): StackSettings =>
  Object.fromEntries(Object.entries({ ...settings, ...overlay }).filter(([, value]) => value !== null));

/**
 * Settings as Pulumi passes them. Without the CLI nothing can decrypt a `secure:` value: `decrypt` decides what stands
 * in for it, and may throw.
 */
export function toStackConfig(settings: StackSettings, decrypt: (key: string) => string): StackConfig {
  const secretKeys: string[] = [];
  const values = Object.entries(settings).map(([key, setting]) => {
    const plain = replaceEncrypted(setting, (secret) => {
      if (!secretKeys.includes(key)) secretKeys.push(key);
      return secret instanceof LocalSecret ? secret.reveal() : decrypt(key);
    });
    return [key, typeof plain === "string" ? plain : JSON.stringify(plain)] as const;
  });
  return { values: Object.fromEntries(values), secretKeys };
}

/** @param replace is given the secret of the local platform, or nothing where a value is encrypted. */
function replaceEncrypted(value: unknown, replace: (secret?: LocalSecret) => string): unknown {
  if (value instanceof LocalSecret) return replace(value);
  if (Array.isArray(value)) return value.map((item) => replaceEncrypted(item, replace));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return replace();
  return Object.fromEntries(entries.map(([key, item]) => [key, replaceEncrypted(item, replace)]));
}

/**
 * Takes the secrets of the local platform out of settings.
 * @returns the other settings, and the secrets by their path as `pulumi config set --path` knows it, e.g.
 * `nusantara:backupCredentials.accessKeyId`.
 */
export function withoutLocalSecrets(settings: StackSettings): { plain: StackSettings; secrets: Map<string, string> } {
  const secrets = new Map<string, string>();
  const strip = (value: unknown, path: string): unknown => {
    if (value instanceof LocalSecret) {
      secrets.set(path, value.reveal());
      return undefined;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const kept = Object.entries(value)
      .map(([key, item]) => [key, strip(item, `${path}.${key}`)] as const)
      .filter(([, item]) => item !== undefined);
    return kept.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(kept);
  };
  const plain = Object.entries(settings)
    .map(([key, value]) => [key, strip(value, key)] as const)
    .filter(([, value]) => value !== undefined);
  return { plain: Object.fromEntries(plain), secrets };
}
