import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { changedOverlay } from "../../../local/drills/changedSettings.js";
import { root } from "../../../local/platform.js";

describe("a drill that changes a setting of the database", () => {
  const text = readFileSync(join(root, "local", "cities", "jakarta.yaml"), "utf8");

  it("changes it in a city's overlay, and nothing else", () => {
    const changed = parse(changedOverlay(text, { certificates: { earlyRenewalHours: 5 } })) as Overlay;
    const before = parse(text) as Overlay;
    const database = changed.realNodes.settings["nusantara:database"];
    expect(database).toMatchObject({ certificates: { earlyRenewalHours: 5 } });
    changed.realNodes.settings["nusantara:database"] = before.realNodes.settings["nusantara:database"];
    expect(changed).toEqual(before);
  });

  it("changes part of one, for both sets of members as they have the same", () => {
    const { core, reporting } = (
      parse(changedOverlay(text, { "core.volume": "5Gi" })) as {
        realNodes: { settings: { "nusantara:database": Sizes } };
      }
    ).realNodes.settings["nusantara:database"];
    expect(core).toMatchObject({ volume: "5Gi", resources: { limits: { memory: "512Mi" } } });
    expect(reporting).toEqual(core);
  });
});

interface Overlay {
  realNodes: { settings: Record<string, unknown> };
}

interface Sizes {
  core: unknown;
  reporting: unknown;
}
