import { UserError } from "../../../../local/errors.js";
import { chooseNodes, obstacle } from "../../../../local/machines/requirements.js";
import { localPlatform, type NodeKind } from "../../../../local/platform.js";

const platform = localPlatform({});

/** As if nobody but root could tell: the first thing that is looked at. */
const asUser = () => jest.spyOn(process as { getuid: () => number }, "getuid").mockReturnValue(1000);
afterEach(() => {
  jest.restoreAllMocks();
});

async function refusalOf(choice: string | undefined, recorded?: NodeKind): Promise<UserError> {
  const error: unknown = await chooseNodes(platform, choice, recorded).catch((reason: unknown) => reason);
  if (error instanceof UserError) return error;
  throw new Error("the choice was accepted");
}

describe("what the nodes are to be", () => {
  test.each<[string | undefined, NodeKind | undefined]>([
    ["simulated", undefined],
    ["simulated", "simulated"],
    [undefined, "simulated"],
    ["", "simulated"],
  ])("with NODES=%s, where they were %s: simulated, whatever the machine can do", async (choice, recorded) => {
    asUser();
    const { kind, why } = await chooseNodes(platform, choice, recorded);
    expect([kind, why]).toEqual(["simulated", choice === "simulated" ? "NODES says so" : "they were brought up so"]);
  });

  test.each([undefined, ""])(
    "with NODES=%s on a new platform: simulated where there is an obstacle",
    async (choice) => {
      asUser();
      expect(await obstacle(platform)).toBe("real nodes need root, for network namespaces and containers");
      expect(await chooseNodes(platform, choice, undefined)).toEqual({
        kind: "simulated",
        why: await obstacle(platform),
      });
    },
  );

  test.each(["garbage", "Real", "REAL ", "both", "true"])("can't be %j: the two words are named", async (choice) => {
    for (const recorded of [undefined, "real", "simulated"] as const) {
      const error = await refusalOf(choice, recorded);
      expect(error.message).toBe(`NODES is "${choice}"`);
      expect(error.remedy).toBe("set it to real or simulated, or leave it out");
    }
  });

  test("does not change under cities that are up: their volumes would be lost", async () => {
    const away = await refusalOf("simulated", "real");
    expect(away.message).toContain("volumes would be lost");
    expect(away.remedy).toBe("make down, then make up NODES=simulated");
    expect((await refusalOf("real", "simulated")).remedy).toBe("make down, then make up NODES=real");
  });

  test.each<[string | undefined, NodeKind | undefined]>([
    ["real", undefined],
    ["real", "real"],
    [undefined, "real"],
  ])(
    "with NODES=%s, where they were %s: refused where there is an obstacle, with the way around",
    async (choice, recorded) => {
      asUser();
      const error = await refusalOf(choice, recorded);
      expect(error.message).toBe(await obstacle(platform));
      expect(error.remedy).toContain("NODES=simulated");
    },
  );
});
