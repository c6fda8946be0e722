import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readState, writeState, type StackState } from "../../../local/values/stateFile.js";

const state: StackState = {
  values: { "urn:a": { inputs: { length: 16 }, computed: { result: "hunter2" } } },
  outputs: { city: "jakarta" },
};

const permissions = (path: string): string => (statSync(path).mode & 0o777).toString(8);

let directory = "";
let file = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "state-"));
  file = join(directory, "state", "jakarta.json");
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

test("a stack that was never brought up has an empty state", () => {
  expect(readState(file)).toEqual({ values: {} });
});

test("what is written is read again", () => {
  writeState(file, state);
  expect(readState(file)).toEqual(state);
});

test("only its owner can read the file and its directory, even where the file was open before", () => {
  writeState(file, state);
  expect([permissions(file), permissions(join(directory, "state"))]).toEqual(["600", "700"]);
  chmodSync(file, 0o644);
  writeState(file, state);
  expect(permissions(file)).toBe("600");
});

test("writing leaves nothing else behind", () => {
  writeState(file, state);
  expect(readdirSync(join(directory, "state"))).toEqual(["jakarta.json"]);
});

test.each([
  ["cut off", '{"values":{"urn:a":{"inputs":{},"computed":{"result":"hunter2'],
  ["of another form", '{"values":{"urn:a":{"result":"hunter2"}}}'],
  ["with a key that nobody knows", '{"values":{},"password":"hunter2"}'],
  ["empty", ""],
])("a file that is %s is named and kept, and its contents are not shown", (_, contents) => {
  writeState(file, state);
  writeFileSync(file, contents);
  expect(() => readState(file)).toThrow(
    `${file} is damaged; restore it, or run "make down" to start again with new keys`,
  );
  expect(() => readState(file)).not.toThrow("hunter2");
  expect(statSync(file).size).toBe(contents.length);
});
