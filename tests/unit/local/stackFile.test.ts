import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { stringify } from "yaml";
import {
  LocalSecret,
  overlaid,
  projectName,
  readStackFile,
  toStackConfig,
  withoutLocalSecrets,
} from "../../../local/render/stackFile.js";
import { root } from "../../support/city.js";

const refuse = (): never => {
  throw new Error("nothing is encrypted here");
};

describe("a stack's file", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "stack-file-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test("gives its settings by full key", () => {
    expect(readStackFile(root, "bandung")).toMatchObject({
      "nusantara:city": "bandung",
      "nusantara:cluster": { kind: "eks" },
    });
    expect(projectName(root)).toBe("nusantara");
  });

  test("without a configuration has no settings", () => {
    writeFileSync(join(directory, "Pulumi.yaml"), "name: nusantara\n");
    writeFileSync(join(directory, "Pulumi.empty.yaml"), "");
    writeFileSync(join(directory, "Pulumi.salted.yaml"), "encryptionsalt: v1:abc\n");
    expect([readStackFile(directory, "empty"), readStackFile(directory, "salted")]).toEqual([{}, {}]);
  });

  test("that is not there, or is no YAML, is named", () => {
    expect(() => readStackFile(directory, "nowhere")).toThrow(/Pulumi\.nowhere\.yaml can't be read \(ENOENT\)$/);
    writeFileSync(join(directory, "Pulumi.broken.yaml"), "config: [");
    expect(() => readStackFile(directory, "broken")).toThrow(/Pulumi\.broken\.yaml, line 1, column \d+: no valid YAML/);
  });
});

test("an overlay replaces settings key by key, each as a whole", () => {
  const settings = { "nusantara:city": "jakarta", "nusantara:cluster": { kind: "eks", version: "1.35" } };
  const overlay = { "nusantara:cluster": { kind: "existing" } };
  expect(overlaid(settings, overlay)).toEqual({
    "nusantara:city": "jakarta",
    "nusantara:cluster": { kind: "existing" },
  });
  expect(overlaid(settings, {})).toEqual(settings);
});

describe("settings as Pulumi passes them", () => {
  test("are texts: scalars as they are, everything else as JSON", () => {
    const settings = { a: "text", b: 3, c: true, d: { e: [1, "two"] }, f: ["x"], g: "{not: json" };
    expect(toStackConfig(settings, refuse)).toEqual({
      values: { a: "text", b: "3", c: "true", d: '{"e":[1,"two"]}', f: '["x"]', g: "{not: json" },
      secretKeys: [],
    });
  });

  test("say which keys hold an encrypted value, however deep, and what stands in for it", () => {
    const settings = {
      whole: { secure: "v1:a" },
      deep: { user: "robot", password: { secure: "v1:b" }, others: [{ token: { secure: "v1:c" } }] },
      plain: { secure: "v1:d", beside: "another key" },
    };
    const asked: string[] = [];
    const decrypt = (key: string) => `${key}-${asked.push(key)}`;
    expect(toStackConfig(settings, decrypt)).toEqual({
      values: {
        whole: "whole-1",
        deep: '{"user":"robot","password":"deep-2","others":[{"token":"deep-3"}]}',
        plain: '{"secure":"v1:d","beside":"another key"}',
      },
      secretKeys: ["whole", "deep"],
    });
  });

  test("can't be had when nothing decrypts a value that is encrypted", () => {
    expect(() => toStackConfig({ password: { secure: "v1:a" } }, refuse)).toThrow("nothing is encrypted here");
  });
});

describe("a secret of the local platform among the settings", () => {
  const settings = {
    "nusantara:city": "jakarta",
    "nusantara:empty": {},
    "nusantara:backupCredentials": {
      accessKeyId: new LocalSecret("AKID"),
      secretAccessKey: new LocalSecret("hunter2"),
    },
    "nusantara:mixed": { user: "robot", token: new LocalSecret("hunter3"), list: [1] },
  };

  test("counts as an encrypted value, and nothing has to decrypt it", () => {
    const { values, secretKeys } = toStackConfig(settings, refuse);
    expect(values["nusantara:backupCredentials"]).toBe('{"accessKeyId":"AKID","secretAccessKey":"hunter2"}');
    expect(secretKeys).toEqual(["nusantara:backupCredentials", "nusantara:mixed"]);
  });

  test("can't be written down by accident", () => {
    for (const text of [JSON.stringify(settings), stringify(settings), inspect(settings, { depth: 9 })]) {
      expect(text).toContain("jakarta");
      expect(text).not.toMatch(/AKID|hunter/);
    }
  });

  test("is taken out for an engine that encrypts it itself, with the path that the engine knows it by", () => {
    const { plain, secrets } = withoutLocalSecrets(settings);
    expect(plain).toEqual({
      "nusantara:city": "jakarta",
      "nusantara:empty": {},
      "nusantara:mixed": { user: "robot", list: [1] },
    });
    expect([...secrets]).toEqual([
      ["nusantara:backupCredentials.accessKeyId", "AKID"],
      ["nusantara:backupCredentials.secretAccessKey", "hunter2"],
      ["nusantara:mixed.token", "hunter3"],
    ]);
  });
});
