import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { secretKeys } from "../../stacks/configSchema.js";
import { decrypted, parseSettings, refusalOf } from "../support/config.js";

const settings = z.record(z.string(), z.unknown());
const validFixture = z.strictObject({ config: settings, gives: settings });
const invalidFixture = z.strictObject({
  config: settings,
  /** Every problem that must be reported; the message is a regular expression. */
  expect: z.array(z.strictObject({ path: z.string(), message: z.string() })).min(1),
});

function fixtures<Fixture>(directory: string, schema: z.ZodType<Fixture>): [string, Fixture][] {
  const files = readdirSync(join(__dirname, directory)).filter((file) => file.endsWith(".yaml"));
  return files.map((file) => {
    const content: unknown = parse(readFileSync(join(__dirname, directory, file), "utf8"));
    return [file.replace(".yaml", ""), schema.parse(content)];
  });
}

/** Every scalar in a value, however deep, as text. */
function scalars(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(scalars);
  return [String(value)];
}

describe("a valid configuration is understood", () => {
  test.each(fixtures("valid", validFixture))("%s", (_, { config, gives }) => {
    expect(parseSettings(config)).toMatchObject(gives);
  });
});

describe("a wrong configuration is refused, each problem with its path and the mend", () => {
  test.each(fixtures("invalid", invalidFixture))("%s", (_, { config, expect: expected }) => {
    const { problems, message } = refusalOf(config);

    expect(problems.map(({ path }) => path).sort()).toEqual(expected.map(({ path }) => path).sort());
    for (const { path, message: pattern } of expected) {
      const messages = problems.filter((problem) => problem.path === path).map((problem) => problem.message);
      expect(messages.join("\n")).toMatch(new RegExp(pattern));
      expect(message).toContain(path);
    }
  });

  test.each(fixtures("invalid", invalidFixture))(
    "%s, and no message shows a value of a secret key",
    (_, { config }) => {
      const { message } = refusalOf(config);

      const given = secretKeys.filter((key) => `nusantara:${key}` in config);
      const secrets = given.flatMap((key) => scalars(config[`nusantara:${key}`]));
      for (const secret of [...secrets, decrypted]) expect(message).not.toContain(secret);
    },
  );
});
