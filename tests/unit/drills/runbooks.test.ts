import { commandsOf, followRunbook } from "../../../local/drills/runbooks.js";
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

const follow = (values: Readonly<Record<string, string>>) =>
  followRunbook(localPlatform({}), { name: "archive-down", values, signal: new AbortController().signal });

it("a runbook whose command fails is an error that names it", async () => {
  // Nothing answers here: the kubeconfig is that of a platform that is not up, or refuses the context.
  const error: unknown = await follow({ CONTEXT_PREFIX: "nowhere-", CITY: "jakarta" }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).explanation).toContain("the runbook archive-down failed");
});
