import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "proper-lockfile";
import { exclusively, lockHolder } from "../../../local/lock.js";
import { localPlatform } from "../../../local/platform.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(() => {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
  delete process.env[lockHolder];
  rmSync(directory, { recursive: true });
});

describe("a command that a run starts itself", () => {
  const platform = () => localPlatform({ NUSANTARA_DIRECTORY: join(directory, "platform") });

  it("works under the lock of that run", async () => {
    const result = await exclusively(platform(), () => {
      process.env[lockHolder] = `${process.pid}`;
      return exclusively(platform(), () => Promise.resolve("done"));
    });
    expect(result).toBe("done");
  });

  it("takes the lock itself where that run has none", async () => {
    process.env[lockHolder] = `${process.pid}`;
    const isLocked = await exclusively(platform(), () => check(platform().directory, { realpath: false }));
    expect(isLocked).toBe(true);
  });
});
