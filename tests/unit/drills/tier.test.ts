import { throwRefusal } from "../../../local/drills/tier.js";
import type { UserError } from "../../../local/errors.js";

describe("the answer of patronictl to a planned switchover", () => {
  it("is an error with Patroni's reason where Patroni refuses", () => {
    const said = "Current cluster topology\nSwitchover failed, details: 412, no good candidates have been found\n";
    expect(() => {
      throwRefusal(said, "bandung-core-0");
    }).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("bandung-core-0") as string,
        explanation: expect.stringContaining("412, no good candidates have been found") as string,
      }) as UserError,
    );
  });

  it("is no refusal where Patroni has not seen the end of it yet", () => {
    expect(() => {
      throwRefusal("Switchover failed, details: 503, Switchover status unknown\n", "bandung-core-0");
    }).not.toThrow();
  });

  it("is none where the lead was moved", () => {
    expect(() => {
      throwRefusal('2026-11-21 10:00:00.00000 Successfully switched over to "bandung-core-0"\n', "bandung-core-0");
    }).not.toThrow();
  });
});
