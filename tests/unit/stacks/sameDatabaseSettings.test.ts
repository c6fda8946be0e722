import { unwrapSecrets } from "../../../local/render/secrets.js";
import { databaseSettings } from "../../../stacks/databaseSettings.js";
import { cityOutputsSchema } from "../../../stacks/outputs.js";
import { differences, settingsByPath } from "../../../stacks/sameDatabaseSettings.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { settingsOf } from "../../support/city.js";
import { parseSettings } from "../../support/config.js";
import { renderMarked } from "../../support/database.js";

const cities = cityNames(nusantara);

describe("the settings of the database", () => {
  test("are the same in every city's file", () => {
    const [first, ...others] = cities.map((city) =>
      settingsByPath(databaseSettings(parseSettings(settingsOf(city), city))),
    );
    for (const other of others) expect(other).toEqual(first);
  });

  test("are compared one by one, also where one side is silent", () => {
    const here = { commit: "quorum", "timers.ttl": 30 };
    const there = { "timers.ttl": 40, maximumLagOnFailover: 33_554_432 };
    expect(differences(here, there)).toEqual([
      'commit is "quorum" here and unset there',
      "timers.ttl is 30 here and 40 there",
      "maximumLagOnFailover is unset here and 33554432 there",
    ]);
  });
});

describe("a branch", () => {
  const quorum = { "nusantara:database": { commit: "quorum" } };

  test("comes up with the settings of the first city, and says them too", async () => {
    const { outputs } = await renderMarked("bandung", quorum, quorum);
    expect(cityOutputsSchema.parse(unwrapSecrets(outputs)).databaseSettings).toMatchObject({
      commit: "quorum",
      "timers.ttl": 30,
      "topology.cities.0.name": "jakarta",
    });
  });

  test("is refused with others, before anything is registered that follows from them", async () => {
    await expect(renderMarked("bandung", quorum)).rejects.toThrow(
      'the database of bandung is set otherwise than that of jakarta: commit is "quorum" here and "async" there. ' +
        "Write the same below nusantara:database of every city, and bring jakarta up first; while jakarta is lost, " +
        "allowDifferentSettings: true goes without it",
    );
  });

  test("comes up with others while the first city is lost, where its file says so", async () => {
    const changed = { commit: "quorum", allowDifferentSettings: true };
    const { outputs } = await renderMarked("bandung", { "nusantara:database": changed });
    expect(cityOutputsSchema.parse(unwrapSecrets(outputs)).databaseSettings).toMatchObject({ commit: "quorum" });
  });

  test("is not asked when it has no part of the database", async () => {
    const { outputs } = await renderMarked("bandung", { "nusantara:database": { enabled: false } }, quorum);
    expect(cityOutputsSchema.parse(unwrapSecrets(outputs)).databaseSettings).toBeUndefined();
  });
});
