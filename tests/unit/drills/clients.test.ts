import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DrillClient, type ClientSettings } from "../../../local/drills/clients.js";
import { UserError } from "../../../local/errors.js";

const entry = { host: "10.110.0.1", port: 5432, serverName: "pg-rw", answerMilliseconds: 2000 };
const settings: ClientSettings = {
  city: "jakarta",
  authority: "",
  database: "nusantara",
  user: "drill_a",
  password: "hidden",
  entryPoints: { "pg-rw": entry, "pg-ro": entry, "pg-report": entry },
  timeoutMilliseconds: 2000,
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "drill-client-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** A client that is a few lines of JavaScript; `say` tells an event. */
const clientOf = (program: string): DrillClient => {
  const text = `
    const lines = require("readline").createInterface({ input: process.stdin });
    const say = (event) => console.log(JSON.stringify({ monotonic: 1e6, wall: 1, ...event }));
    ${program}`;
  return new DrillClient([process.execPath, ["-e", text]], settings, join(directory, "history.jsonl"));
};

test("is told its settings first and then commands, and answers each by its number", async () => {
  const client = clientOf(`
    let first;
    lines.on("line", (line) => {
      const message = JSON.parse(line);
      if (!first) return void (first = message);
      say({ type: "invoke", operation: "read", entry: "pg-ro", sequence: message.id });
      if (message.command === "prepare") say({ type: "answer", id: message.id, error: "no table" });
      else say({ type: "answer", id: message.id, result: first.city });
    });`);
  const [stopped, prepared] = await Promise.all([
    client.command({ command: "stop" }),
    client.command({ command: "prepare" }).catch((error: unknown) => error),
  ]);
  expect(stopped).toBe("jakarta");
  expect(prepared).toEqual(new Error("the client in jakarta: no table"));
  await client.close();
  expect(client.history.operations.map(({ sequence }) => sequence)).toEqual([1, 2]);
  expect(readFileSync(join(directory, "history.jsonl"), "utf8").trim().split("\n")).toHaveLength(4);
});

test("that ends early tells whoever waits for it, and whoever asks later, with its last words", async () => {
  const client = clientOf('console.error("no such network"); process.exit(1);');
  for (const question of [client.command({ command: "stop" }), new Promise((resolve) => setTimeout(resolve, 500))]) {
    const error: unknown = await question.catch((reason: unknown) => reason);
    if (error === undefined) continue;
    expect((error as UserError).explanation).toBe(
      "the client in jakarta has ended\n    no such network\n  → run it again",
    );
  }
  await expect(client.command({ command: "stop" })).rejects.toThrow("the client in jakarta has ended");
  await client.close();
});

test("that says something else than a history is ended", async () => {
  const client = clientOf('console.log("hello"); lines.on("close", () => process.exit(0));');
  await expect(client.command({ command: "stop" })).rejects.toThrow(UserError);
  await client.close();
});

test("gets its password on standard input only", async () => {
  const client = clientOf(`
    lines.on("line", (line) => {
      const { id } = JSON.parse(line);
      const seen = [process.argv, process.execArgv.slice(2), process.env];
      if (id) say({ type: "answer", id, result: JSON.stringify(seen).includes("hidden") });
    });`);
  expect(await client.command({ command: "stop" })).toBe(false);
  await client.close();
});
