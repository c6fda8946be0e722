import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandsOf, followRunbook, runbooks } from "../../../local/drills/runbooks.js";
import { UserError } from "../../../local/errors.js";
import { localPlatform } from "../../../local/platform.js";

const runbook = [
  "# Mend it",
  "",
  "```sh",
  "one",
  "```",
  "## This way",
  "```sh",
  "two",
  "## no heading",
  "```",
  "```sql",
  "no",
  "```",
  "## That way",
  "```sh",
  "three",
  "```",
].join("\n");
const words = (text: string) => text.split("\n").filter((line) => line !== "");

describe("the commands of a runbook", () => {
  it("are its sh blocks, each line where it is in the file", () => {
    expect(words(commandsOf(runbook))).toEqual(["one", "two", "## no heading", "three"]);
    expect(commandsOf(runbook).split("\n")[3]).toBe("one");
    expect(commandsOf(runbook).split("\n")[15]).toBe("three");
  });

  it("can be those of some sections, with what comes before the first", () => {
    expect(words(commandsOf(runbook, ["That way"]))).toEqual(["one", "three"]);
    expect(() => commandsOf(runbook, ["Another way"])).toThrow('there is no section "Another way"');
  });
});

describe("following a runbook", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "runbook-"));
    mkdirSync(runbooks(root), { recursive: true });
    const file = (name: string, ...commands: string[]) => {
      writeFileSync(join(runbooks(root), name), ["```sh", ...commands, "```", ""].join("\n"));
    };
    file("README.md", "set -eu", 'greet() { echo "hello $1"; }');
    file("mend.md", ': "${CITY:=jakarta}"', 'greet "$CITY"', 'test -z "${FAIL:-}"', "echo done");
    file("wait.md", "sleep 60");
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const follow = (name: string, values: Readonly<Record<string, string>> = {}, signal = new AbortController().signal) =>
    followRunbook({ ...localPlatform({}), root }, { name, values, signal });

  it("is one shell with the functions of all runbooks and the values given", async () => {
    await expect(follow("mend")).resolves.toBe("hello jakarta\ndone");
    await expect(follow("mend", { CITY: "bandung" })).resolves.toBe("hello bandung\ndone");
  });

  it("ends at the first command that fails, with what was printed", async () => {
    const error: unknown = await follow("mend", { FAIL: "1" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).explanation).toMatch(/the runbook mend failed\n\s+hello jakarta\n\s+→ look into/);
  });

  it("ends with the drill, and the command that it waits for as well", async () => {
    const interruption = new AbortController();
    const following = follow("wait", {}, interruption.signal);
    setTimeout(() => {
      interruption.abort();
    }, 200);
    await expect(following).rejects.toThrow(/abort/i);
  }, 5000);
});
