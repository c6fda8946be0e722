import { join } from "node:path";
import { readYaml } from "../yaml.js";

/** Configuration of a stack as its file has it, by full key such as `nusantara:city`. */
export type StackSettings = Readonly<Record<string, unknown>>;

/** Configuration in the form that Pulumi hands to a program. */
export interface StackConfig {
  values: Record<string, string>;
  /** Keys that hold encrypted values. */
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
    const plain = replaceEncrypted(setting, () => {
      if (!secretKeys.includes(key)) secretKeys.push(key);
      return decrypt(key);
    });
    return [key, typeof plain === "string" ? plain : JSON.stringify(plain)] as const;
  });
  return { values: Object.fromEntries(values), secretKeys };
}

function replaceEncrypted(value: unknown, decrypt: () => string): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceEncrypted(item, decrypt));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return decrypt();
  return Object.fromEntries(entries.map(([key, item]) => [key, replaceEncrypted(item, decrypt)]));
}
