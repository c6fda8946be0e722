import * as pulumi from "@pulumi/pulumi";
import * as runtimeConfig from "@pulumi/pulumi/runtime/config.js";
import type { RawConfig } from "./configKeys.js";

/**
 * The SDK knows which keys were encrypted but keeps the question out of its public types; without it nobody could
 * refuse a secret that somebody left in plain text.
 */
const { isConfigSecret } = runtimeConfig as unknown as { isConfigSecret: (key: string) => boolean };

/** The stack's configuration as Pulumi gives it, every value in its own type. */
export function readConfig(): RawConfig {
  return rawConfig(
    `configuration of stack "${pulumi.getStack()}"`,
    pulumi.getProject(),
    pulumi.runtime.allConfig(),
    isConfigSecret,
  );
}

/** Configuration out of the form that Pulumi passes it in: one text for each full key. */
export function rawConfig(
  source: string,
  project: string,
  texts: Readonly<Record<string, string>>,
  isEncrypted: (key: string) => boolean,
): RawConfig {
  const prefix = `${project}:`;
  const own = Object.entries(texts).filter(([key]) => key.startsWith(prefix));
  return {
    source,
    values: Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), parse(text)])),
    encrypted: new Set(own.filter(([key]) => isEncrypted(key)).map(([key]) => key.slice(prefix.length))),
  };
}

/**
 * Pulumi passes objects and lists as JSON and scalars as they are; every scalar key of ours is a string. What only looks
 * like JSON stays a text for the schema to refuse: the parser's own error would quote it, and it may be a secret.
 */
function parse(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
