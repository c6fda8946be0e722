import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../../local/errors.js";
import { cityCommand, linkCommand, nodeCommand, storageCommand } from "../../../../local/faults/command.js";
import { loseBuckets } from "../../../../local/faults/storage.js";
import { localPlatform, recordNodeKind, type Platform } from "../../../../local/platform.js";

/** A platform of which there is nothing in the kernel: whatever would break something has to stop before it. */
let platform: Platform;
beforeEach(() => {
  platform = { ...localPlatform({}), directory: mkdtempSync(join(tmpdir(), "faults-")) };
});
afterEach(() => {
  rmSync(platform.directory, { recursive: true });
});

async function refusalOf(command: Promise<unknown>): Promise<UserError> {
  const error: unknown = await command.catch((reason: unknown) => reason);
  if (error instanceof UserError) return error;
  throw new Error("it was done");
}

/** Nodes that were set up and do not run. */
function standing(...names: string[]): void {
  for (const name of names) mkdirSync(join(platform.directory, "nodes", "jakarta", name), { recursive: true });
}

describe("breaking a node", () => {
  test("is refused where there are no real nodes, with the way to have some", async () => {
    const error = await refusalOf(nodeCommand(platform, { kill: "jakarta-database-1" }));
    expect([error.message, error.remedy]).toEqual(["there are no real nodes", "make up NODES=real"]);
  });

  test("that is not there is refused with what was probably meant, and with those that are", async () => {
    standing("jakarta-database-1", "jakarta-general-1");
    const error = await refusalOf(nodeCommand(platform, { kill: "jakarta-databse-1" }));
    expect(error.message).toBe('"jakarta-databse-1" is no real node; did you mean "jakarta-database-1"?');
    expect(error.remedy).toBe("there are jakarta-database-1, jakarta-general-1");
  });

  test("can't freeze one that does not run", async () => {
    standing("jakarta-database-1");
    const error = await refusalOf(nodeCommand(platform, { freeze: "jakarta-database-1" }));
    expect(error.message).toBe("jakarta-database-1 is stopped, and only a running node can be frozen");
    expect(error.remedy).toBe("make node START=jakarta-database-1");
  });

  test("needs a name", async () => {
    const error = await refusalOf(nodeCommand(platform, { kill: " , " }));
    expect(error.message).toBe("--kill names nothing");
    expect(error.remedy).toContain("KILL=");
  });

  test("without an order lists what there is", async () => {
    expect(await nodeCommand(platform, {})).toBe("There are no real nodes.");
    standing("jakarta-database-1");
    expect(await nodeCommand(platform, {})).toMatch(/ jakarta \W+jakarta-database-1 \W+stopped /);
  });
});

describe("breaking a city or its links", () => {
  test.each([
    ["cut", () => linkCommand(platform, { cut: "bandug" })],
    ["kill", () => cityCommand(platform, { kill: "bandug" })],
  ])("is refused for a city that is none: %s", async (_, command) => {
    const error = await refusalOf(command());
    expect(error.message).toBe('"bandug" is no city; did you mean "bandung"?');
    expect(error.remedy).toBe("there are jakarta, bandung, surabaya");
  });

  test.each(["real", "simulated"] as const)(
    "is refused for one that is not up, on a platform of %s nodes",
    async (kind) => {
      recordNodeKind(platform, kind);
      for (const command of [
        linkCommand(platform, { cut: "bandung" }),
        linkCommand(platform, { heal: "bandung" }),
        cityCommand(platform, { kill: "bandung" }),
        cityCommand(platform, { start: "bandung" }),
        storageCommand(platform, { stop: "bandung" }),
        storageCommand(platform, { start: "bandung" }),
        loseBuckets(platform, "bandung"),
      ]) {
        const error = await refusalOf(command);
        expect([error.message, error.remedy]).toEqual(["bandung is not up with real nodes", "make up NODES=real"]);
      }
    },
  );

  test("needs to be told what to do, but links and object storage can be looked at", async () => {
    expect((await refusalOf(cityCommand(platform, {}))).remedy).toBe("make city KILL=jakarta, or START=jakarta");
    for (const look of [linkCommand, storageCommand])
      expect(await look(platform, {})).toBe("No city is up with real nodes.");
  });
});
